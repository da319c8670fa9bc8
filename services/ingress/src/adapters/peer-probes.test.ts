import type { ProbeOutcome } from '@weir/service-kit/bus/rpc/probe-endpoint';
import { FakeClock } from '@weir/testkit/fake-clock';
import { createTestProblems } from '@weir/testkit/test-bus';
import { expect, test } from 'vitest';
import { startPeerProbes } from './peer-probes.ts';

test('who does not answer twice in a row is told, with what that means, until it answers; the ingress is ready all the same', async () => {
  const clock = new FakeClock();
  const problems = createTestProblems();
  const outcomes: Record<string, ProbeOutcome> = { keys: 'answered', guardrails: 'silent' };
  const bus = {
    connected: true,
    probe: ({ service = '' }: { service?: string }) => Promise.resolve(outcomes[service] ?? 'absent'),
  };
  const stop = startPeerProbes({ bus, clock, problems });
  await clock.advanceAsync(6_000);
  expect(problems.list()).toEqual([]);
  await clock.advanceAsync(5_000);
  expect(problems.list()).toEqual([
    {
      code: 'service_unavailable',
      message:
        'no instance of guardrails answers at weir.v1.guardrails.complete: what has to pass a guardrail policy that protects is refused',
    },
  ]);
  expect(problems.missing).toEqual([]);
  outcomes['guardrails'] = 'answered';
  await clock.advanceAsync(5_000);
  expect(problems.list()).toEqual([]);
  // Whom nobody hears since all are full is there: callers are told that they are full.
  outcomes['guardrails'] = 'full';
  await clock.advanceAsync(10_000);
  expect(problems.list()).toEqual([]);
  stop();
});
