import { limitsKey, spendingLimits } from '@weir/contracts/cost/limits';
import { completeChat } from '@weir/contracts/router';
import { routerStatus } from '@weir/contracts/routing/insight';
import { systemClock } from '@weir/service-kit/clock';
import { parseConfig } from '@weir/service-kit/config';
import { createLogger } from '@weir/service-kit/logger';
import { createMetrics } from '@weir/service-kit/metrics';
import { collect } from '@weir/testkit/collect';
import { testEnvelope } from '@weir/testkit/envelope';
import { eventually } from '@weir/testkit/eventually';
import { testMasterKey } from '@weir/testkit/gateway';
import { startFakeProvider } from '@weir/testkit/providers/fake-provider';
import { startNats } from '@weir/testkit/servers/nats';
import {
  connectTestBus,
  createTestProblems,
  createTestShortages,
  testReadiness,
} from '@weir/testkit/test-bus';
import { KnownSecrets } from '@weir/service-kit/secrets/known-secrets';
import { expect, onTestFinished, test } from 'vitest';
import { router } from '../src/service.ts';
import { FakeCost, publishLimits, refuse, scopeLimits } from './fake-cost.ts';

/** A router beside a cost service of which nothing is there yet: no limits, and nobody who answers. */
async function startRouter(env: Record<string, string> = {}) {
  const [nats, provider] = await Promise.all([startNats({ config: 'open' }), startFakeProvider()]);
  const connect = (service: string) => connectTestBus({ url: nats.url, service });
  const [bus, requester, costBus] = await Promise.all([
    connect('router'),
    connect('ingress'),
    connect('cost'),
  ]);
  const [config] = parseConfig([router.config], {
    OPENAI_API_KEY: 'sk-test',
    OPENAI_BASE_URL: provider.openaiBaseUrl,
    WEIR_MASTER_KEYS: testMasterKey,
    ...env,
  });
  const running = await router.start({
    config,
    secrets: new KnownSecrets(),
    problems: createTestProblems(),
    shortages: createTestShortages(),
    readiness: testReadiness,
    instance: 'test',
    bus,
    logger: createLogger({ service: 'router', instance: 'test', level: 'silent' }),
    metrics: createMetrics('router'),
    clock: systemClock,
  });
  await eventually(() => requester.request(routerStatus, {}, testEnvelope()));
  onTestFinished(async () => {
    await running.stop?.();
    await Promise.all([requester.drain(), costBus.drain()]);
    await bus.drain();
    await running.close?.();
    await Promise.all([nats.close(), provider.close()]);
  });
  return {
    provider,
    running,
    costBus,
    limits: await costBus.store(spendingLimits),
    complete: (tenant: string) => {
      const body = JSON.stringify({ model: 'gpt-4.1', messages: [{ role: 'user', content: 'Hi' }] });
      const sink = collect<typeof completeChat>();
      requester.requestStream(completeChat, Buffer.from(body), { ...testEnvelope(), tenant }, sink);
      return sink.ended;
    },
  };
}

const limited = scopeLimits({ kind: 'organisation', id: 'limited' }, [
  { unit: 'usd', limit: '1', window: 'day' },
]);

test('a router takes requests once all limits are known, and the limited ones once somebody can tell what is left', async () => {
  const { complete, costBus, limits, provider, running } = await startRouter();
  expect(await running.missing?.()).toEqual([expect.stringContaining('limits')]);
  expect((await complete('free')).fault).toMatchObject({ code: 'service_unavailable' });
  expect(provider.requests.filter(({ method }) => method === 'POST')).toEqual([]);

  await publishLimits(limits, [limited]);
  await eventually(async () => {
    expect((await complete('free')).fault).toBeUndefined();
  });
  expect(await running.missing?.()).toEqual([]);
  // Nobody serves cost.reserve.
  expect((await complete('limited')).fault).toMatchObject({ code: 'service_unavailable' });

  const cost = new FakeCost();
  cost.serve(costBus);
  const answered = await eventually(async () => {
    const ended = await complete('limited');
    expect(ended.fault).toBeUndefined();
    return ended;
  });
  expect(answered.heads[0]).toMatchObject({ limits: [{ unit: 'usd' }], isKnownModel: true });
  // The price that comes with the gateway.
  expect(answered.trailer?.costNanoUsd).toBeGreaterThan(0);
  expect(cost.holds[0]?.amountNanoUsd).toBeGreaterThan(answered.trailer?.costNanoUsd ?? 0);

  // A replica that hangs keeps nobody.
  const hung = Promise.withResolvers<readonly []>();
  const before = cost.asked.length;
  cost.answer = () => (cost.asked.length === before + 1 ? hung.promise : []);
  expect((await complete('limited')).fault).toBeUndefined();
  expect(cost.asked).toHaveLength(before + 2);
  hung.resolve([]);

  cost.answer = () => refuse('insufficient_quota');
  expect((await complete('limited')).fault).toMatchObject({
    code: 'insufficient_quota',
    details: { limit: { scope: 'organisation/default' } },
  });

  // A limit that is gone holds no longer.
  const asked = cost.asked.length;
  await limits.delete(limitsKey(limited.scope));
  await eventually(async () => {
    expect((await complete('limited')).fault).toBeUndefined();
  });
  expect(cost.asked.length).toBeGreaterThanOrEqual(asked);
});

test('where the operator wants it so, nothing is refused for want of an answer', async () => {
  const { complete, limits } = await startRouter({ WEIR_ADMISSION_FAILURE: 'open' });
  expect((await complete('limited')).fault).toBeUndefined();
  await publishLimits(limits, [limited]);
  expect((await complete('limited')).fault).toBeUndefined();
});
