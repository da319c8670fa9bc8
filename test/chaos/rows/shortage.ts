import { rmSync, writeFileSync } from 'node:fs';
import { limitOpenFiles, starve } from '../processes.ts';
import { observeTold } from '../observe.ts';
import type { LoadRow } from '../row.ts';
import { scratchFile } from '../scratch.ts';

const lookupsFail = scratchFile('lookups-fail');
const withoutDns = {
  NODE_OPTIONS: `--import ${new URL('../failing-lookup.ts', import.meta.url).href}`,
  CHAOS_LOOKUPS_FAIL: lookupsFail,
};

/** One process of two lacks what it needs itself. */
export const shortageRows: LoadRow[] = [
  {
    name: 'router.descriptors',
    part: 'one of two routers, which may open no more files',
    done: 'its limit of open files is set to what it has open (EMFILE)',
    perSecond: 30,
    harmMs: 12_000,
    harm: (stand) => {
      // Its connections to the provider that are free are soon not enough.
      stand.provider.script({ latencyMs: 1_000 });
      return Promise.resolve(limitOpenFiles(stand.one('router').pid, 2));
    },
    observe: (stand) => observeTold(stand, /resource_exhausted/),
    bounds: { failedShare: 0.02, failuresEndWithinMs: 5_000, recoversWithinMs: 2_000 },
  },
  {
    name: 'router.dns',
    part: 'one of two routers, whose own DNS is away',
    done: 'it looks no name up (EAI_AGAIN)',
    stand: { providerHost: 'localhost', replicas: { router: [withoutDns, {}] } },
    perSecond: 30,
    harmMs: 12_000,
    harm: ({ provider }) => {
      provider.script({ latencyMs: 1_000 });
      writeFileSync(lookupsFail, '');
      return Promise.resolve(() => {
        rmSync(lookupsFail);
      });
    },
    observe: (stand) => observeTold(stand, /resource_exhausted/),
    bounds: { failedShare: 0.02, failuresEndWithinMs: 5_000, recoversWithinMs: 2_000 },
  },
  {
    name: 'ingress.descriptors',
    part: 'one of two ingresses, which may open no more files',
    done: 'its limit of open files is set to what it has open (EMFILE)',
    perSecond: 30,
    harmMs: 10_000,
    harm: (stand) => {
      stand.provider.script({ latencyMs: 1_000 });
      return Promise.resolve(limitOpenFiles(stand.one('ingress', 1).pid, 2));
    },
    bounds: { failedShare: 0.1, failuresEndWithinMs: 5_000, recoversWithinMs: 2_000, longestWaitMs: 11_500 },
  },
  {
    name: 'router.starved',
    part: 'one of two routers, which hardly gets to run',
    done: 'stopped for 400 of each 415 ms (SIGSTOP, SIGCONT)',
    harmMs: 15_000,
    harm: (stand) => Promise.resolve(starve(stand.one('router').pid, { stopMs: 400, runMs: 15 })),
    observe: (stand) => observeTold(stand, /starved|silent/),
    bounds: { failedShare: 0.02, recoversWithinMs: 2_000 },
  },
  {
    name: 'ingress.starved',
    part: 'one of two ingresses, which hardly gets to run',
    done: 'stopped for 400 of each 415 ms (SIGSTOP, SIGCONT)',
    harmMs: 15_000,
    harm: (stand) => Promise.resolve(starve(stand.one('ingress', 1).pid, { stopMs: 400, runMs: 15 })),
    observe: (stand) => observeTold(stand, /starved|silent/),
    bounds: { failedShare: 0.02, recoversWithinMs: 2_000, allNotReadyMs: 0 },
  },
  {
    name: 'ingress.full',
    part: 'all ingresses are full',
    done: '`WEIR_MAX_IN_FLIGHT=20`, and answers that take two seconds for 60 requests a second',
    stand: { replicas: { ingress: [{ WEIR_MAX_IN_FLIGHT: '20' }, { WEIR_MAX_IN_FLIGHT: '20' }] } },
    perSecond: 60,
    harmMs: 8_000,
    harm: ({ provider }) => {
      let isSlow = true;
      provider.script({ latencyMs: 2_000, matches: () => isSlow });
      return Promise.resolve(() => {
        isSlow = false;
      });
    },
    observe: (stand) => observeTold(stand, /"state":"full"/),
    bounds: {
      failedShare: 1,
      recoversWithinMs: 3_000,
      longestWaitMs: 4_000,
      allNotReadyMs: 0,
      codes: ['overloaded'],
    },
  },
];
