import type { ServiceName } from '@weir/services/services';
import { limitedQuestion, screenedQuestion, statusOf } from '../observe.ts';
import { hang, letRun } from '../processes.ts';
import { expectText, type LoadRow } from '../row.ts';

const two = [{}, {}];

/** One of two processes of each service hangs, or both do. */
export const silenceRows: LoadRow[] = [
  {
    ...hangingRow('router', 'one of two routers'),
    harmMs: 20_000,
    observe: async (stand) => expectText(await statusOf(stand), /silent/, 'status'),
  },
  {
    ...hangingRow('router', 'both routers', [0, 1]),
    name: 'router.hung-both',
    harmMs: 12_000,
    observe: async ({ targets }) => expectText(targets.said().join(), /router/, '`/ready`'),
    bounds: {
      failedShare: 1,
      recoversWithinMs: 4_000,
      codes: ['service_unavailable', 'service_lost', 'deadline_exceeded', 'no_ingress_is_ready'],
    },
  },
  {
    ...hangingRow('guardrails', 'one of two guardrails'),
    stand: { replicas: { guardrails: two } },
    question: screenedQuestion,
  },
  {
    ...hangingRow('cost', 'one of two cost services'),
    stand: { replicas: { cost: two } },
    question: limitedQuestion,
  },
  {
    ...hangingRow('cost', 'the only cost service'),
    name: 'cost.hung-all',
    question: limitedQuestion,
    bounds: { failedShare: 1, recoversWithinMs: 6_000, longestWaitMs: 6_000, codes: ['service_unavailable'] },
  },
  {
    ...hangingRow('keys', 'the only keys service'),
    bounds: { failedShare: 0, recoversWithinMs: 0 },
  },
  {
    ...hangingRow('cache', 'one of two cache services'),
    stand: { replicas: { cache: two } },
    question: async () => Promise.resolve({ headers: { 'x-weir-cache': 'exact' } }),
    bounds: { failedShare: 0, recoversWithinMs: 0, longestWaitMs: 3_000 },
  },
  {
    ...hangingRow('ingress', 'one of two ingresses', [1]),
    done: 'stopped (SIGSTOP); a balancer asks `/ready` each 250 ms and waits a second for the answer',
    bounds: { failedShare: 0.1, failuresEndWithinMs: 2_500, recoversWithinMs: 1_000, longestWaitMs: 11_500 },
  },
];

/** One of two that hangs costs next to nothing. */
function hangingRow(service: ServiceName, part: string, indexes: readonly number[] = [1]): LoadRow {
  return {
    name: `${service}.hung`,
    part,
    done: 'stopped (SIGSTOP)',
    harmMs: 15_000,
    harm: (stand) => {
      const all = stand.of(service);
      const pids = indexes.map((index) => (all[index] ?? stand.one(service)).pid);
      for (const pid of pids) hang(pid);
      return Promise.resolve(() => {
        for (const pid of pids) letRun(pid);
      });
    },
    bounds: { failedShare: 0.02, failuresEndWithinMs: 5_000, recoversWithinMs: 1_000 },
  };
}
