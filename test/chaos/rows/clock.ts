import { globSync, writeFileSync } from 'node:fs';
import type { ServiceName } from '@weir/services/services';
import { limitedQuestion, observeTold } from '../observe.ts';
import type { LoadRow } from '../row.ts';
import { scratchFile } from '../scratch.ts';

/** Debian's package `faketime` has it. */
const [library] = globSync('/usr/lib/*/faketime/libfaketime.so.1');

/** The clock of processes is wrong for as long as the harm lasts. */
export const clockRows: LoadRow[] = [
  clockRow('router-behind', 'one of two routers', 'router', { offsetS: -2, count: 1, of: 2 }),
  clockRow('router-ahead', 'both routers', 'router', { offsetS: 45, count: 2, of: 2 }),
  clockRow('router-far-behind', 'both routers', 'router', { offsetS: -45, count: 2, of: 2 }),
  clockRow('ingress-ahead', 'both ingresses', 'ingress', { offsetS: 20, count: 2, of: 2 }),
  {
    ...clockRow('cost-behind', 'the only cost service', 'cost', { offsetS: -20, count: 1, of: 1 }),
    question: limitedQuestion,
  },
  clockRow('keys-ahead', 'the only keys service', 'keys', { offsetS: 20, count: 1, of: 1 }),
];

interface Shift {
  readonly offsetS: number;
  /** So many of the service's processes have it. */
  readonly count: number;
  readonly of: number;
}

function clockRow(name: string, part: string, service: ServiceName, { offsetS, count, of }: Shift): LoadRow {
  const file = scratchFile(`clock-${name}`);
  const set = (seconds: number) => {
    writeFileSync(file, `${seconds < 0 ? '' : '+'}${seconds}s\n`);
  };
  set(0);
  // Timers go by another clock, which no host's time of day moves.
  const faked = {
    ...{ LD_PRELOAD: library ?? '', FAKETIME_TIMESTAMP_FILE: file },
    ...{ FAKETIME_CACHE_DURATION: '1', FAKETIME_DONT_FAKE_MONOTONIC: '1' },
  };
  return {
    name: `clock.${name}`,
    part,
    done: `its clock is set ${Math.abs(offsetS)} s ${offsetS < 0 ? 'behind' : 'ahead'}, and back`,
    unavailable: () => (library ? undefined : 'libfaketime is not installed (apt-get install faketime)'),
    stand: {
      replicas: { [service]: Array.from({ length: of }, (_, index) => (index < count ? faked : {})) },
    },
    harmMs: 12_000,
    harm: () => {
      set(offsetS);
      return Promise.resolve(() => {
        set(0);
      });
    },
    observe: (stand) => observeTold(stand, /clock_skewed/),
    bounds: { failedShare: 0, recoversWithinMs: 0 },
  };
}
