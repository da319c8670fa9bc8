import type { Script } from '@weir/testkit/providers/script';
import type { LoadRow } from '../row.ts';

const deadlineMs = 5_000;

const fallback = {
  strategy: { mode: 'fallback' },
  targets: [
    { provider: 'openai', request_timeout: 1_000 },
    { provider: 'anthropic', override_params: { model: 'claude-sonnet-4-6' } },
  ],
};

/** A provider hangs, in each phase of its answer. */
export const providerRows: LoadRow[] = [
  row('before-headers', 'it answers nothing', { fault: { kind: 'slow_first_byte', delayMs: 60_000 } }),
  row('after-headers', 'it stops after the headers', {
    fault: { kind: 'slow_first_byte', delayMs: 60_000, after: 'headers' },
  }),
  row('mid-answer', 'it stops in the middle of the answer', { fault: { kind: 'stall', afterChunks: 4 } }),
  {
    ...row('with-fallback', 'it answers nothing; the routing config has a fallback', {
      fault: { kind: 'slow_first_byte', delayMs: 60_000 },
    }),
    question: async () => Promise.resolve({ config: fallback }),
    bounds: { failedShare: 0, recoversWithinMs: 0, longestWaitMs: 3_000 },
  },
];

function row(name: string, done: string, script: Script): LoadRow {
  return {
    name: `provider.${name}`,
    part: 'a provider hangs',
    done,
    harmMs: 10_000,
    deadlineMs,
    harm: ({ provider }) => {
      let isHung = true;
      provider.script({ ...script, matches: ({ protocol }) => isHung && protocol === 'openai' });
      return Promise.resolve(() => {
        isHung = false;
      });
    },
    bounds: { failedShare: 1, recoversWithinMs: 15_000 },
  };
}
