import { expect, test } from 'vitest';
import { testEnvelope } from '@weir/testkit/envelope';
import { FakeClock } from '@weir/testkit/fake-clock';
import { SealedConfigs } from '../domain/sealed-configs.ts';
import { SealingKey } from '../domain/sealing-key.ts';
import { FakeBus } from '../../test/fake-bus.ts';
import type { Arrival, Identified } from './arrival.ts';
import { route, type Routed } from './route.ts';

const envelope = testEnvelope();

async function routed(headers: Record<string, string>, config?: string): Promise<Routed> {
  const key = new SealingKey({ bus: new FakeBus(), clock: new FakeClock() });
  const stage = route({ sealedConfigs: new SealedConfigs(key) });
  const { promise, resolve } = Promise.withResolvers<Routed>();
  const answer = { headers: [], traceparent: envelope.traceparent };
  const request = { answer, config, deadlineAtMs: 1, envelope, headers };
  await stage(request as unknown as Arrival & Identified, resolve);
  return promise;
}

test('a request that says nothing is routed by the config that its key is bound to', async () => {
  expect(await routed({}, 'of-the-key')).toEqual({
    envelope: { ...envelope, config: 'of-the-key' },
    speaksPortkey: false,
  });
});

test('what a request names goes before what its key is bound to', async () => {
  const headers = { 'x-portkey-config': 'of-the-request', 'x-weir-metadata': '{"plan":"pro"}' };
  expect(await routed(headers, 'of-the-key')).toEqual({
    envelope: { ...envelope, config: 'of-the-request', metadata: { plan: 'pro' } },
    speaksPortkey: true,
  });
});

test('with neither, which config holds is left to the router', async () => {
  expect((await routed({})).envelope).toEqual(envelope);
});
