import type { ProbeOutcome } from '@weir/service-kit/bus/rpc/probe-endpoint';
import { FakeClock } from '@weir/testkit/fake-clock';
import { expect, test } from 'vitest';
import { Readiness } from './readiness.ts';

function stand(outcome: ProbeOutcome) {
  const clock = new FakeClock();
  const probed = { outcome };
  const readiness = new Readiness({
    bus: { connected: true, probe: () => Promise.resolve(probed.outcome) },
    clock,
    isDraining: () => false,
    authentication: { missing: () => [] },
  });
  return { clock, probed, readiness };
}

const noRouter = ['a router that is ready'];

test.each<[ProbeOutcome, string[]]>([
  ['answered', []],
  ['full', []],
  ['starting', noRouter],
  ['absent', noRouter],
  ['silent', noRouter],
  ['denied', noRouter],
])('where a probe of the routers is %s, an ingress lacks %j', async (outcome, missing) => {
  expect(await stand(outcome).readiness.missing()).toEqual(missing);
});

test('one of several routers that hangs leaves it ready: only silence that lasts is the end of all', async () => {
  const { clock, probed, readiness } = stand('answered');
  await readiness.missing();
  probed.outcome = 'silent';
  clock.advance(2_999);
  expect(await readiness.missing()).toEqual([]);
  clock.advance(1);
  expect(await readiness.missing()).toEqual(noRouter);
});
