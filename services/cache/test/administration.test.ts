import { listCacheEntries, purgeCache, readCacheEntry } from '@weir/contracts/admin/cache';
import { judgeAnswer, lookUpAnswer, storeAnswer } from '@weir/contracts/cache/lookup';
import type { Envelope } from '@weir/contracts/envelope';
import type { RunningService } from '@weir/service-kit/service';
import type { ServiceBus } from '@weir/service-kit/bus/service-bus';
import { DeclaredBus } from '@weir/service-kit/declared-bus';
import { systemClock } from '@weir/service-kit/clock';
import { parseConfig } from '@weir/service-kit/config';
import { createLogger } from '@weir/service-kit/logger';
import { createMetrics } from '@weir/service-kit/metrics';
import { testEnvelope } from '@weir/testkit/envelope';
import { eventually } from '@weir/testkit/eventually';
import { testMasterKey } from '@weir/testkit/gateway';
import { startNats, type NatsTestServer } from '@weir/testkit/servers/nats';
import { createTestRedis, type TestRedis } from '@weir/testkit/servers/test-redis';
import {
  connectTestBus,
  createTestProblems,
  createTestShortages,
  testReadiness,
} from '@weir/testkit/test-bus';
import { usageRecord } from '@weir/testkit/usage-record';
import { KnownSecrets } from '@weir/service-kit/secrets/known-secrets';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { manifest } from '../src/manifest.ts';
import { cache } from '../src/service.ts';
import { cacheOrder, completionOf } from './entry-harness.ts';

let nats: NatsTestServer;
let server: TestRedis;
let asker: ServiceBus;
let bus: ServiceBus;
let running: RunningService;

beforeAll(async () => {
  [nats, server] = await Promise.all([startNats({ config: 'open' }), createTestRedis()]);
  const connect = (service: string) => connectTestBus({ url: nats.url, service, drainTimeoutMs: 200 });
  [asker, bus] = await Promise.all([connect('ingress'), connect('cache')]);
  const declared = new DeclaredBus(bus, manifest);
  const [config] = parseConfig([cache.config], { WEIR_MASTER_KEYS: testMasterKey, REDIS_URL: server.url });
  running = await cache.start({
    ...{ config, instance: 'test', bus: declared, clock: systemClock, metrics: createMetrics('cache') },
    logger: createLogger({ service: 'cache', instance: 'test', level: 'silent' }),
    secrets: new KnownSecrets(),
    problems: createTestProblems(),
    shortages: createTestShortages(),
    readiness: testReadiness,
  });
  declared.assertComplete();
});

afterAll(async () => {
  await running.stop?.();
  await asker.drain();
  await bus.drain();
  await running.close?.();
  await Promise.all([nats.close(), server.close()]);
});

const envelopeOf = (fields: Partial<Envelope> = {}): Envelope => ({
  ...testEnvelope(),
  requestId: randomUUID(),
  ...fields,
});
const admin = (organisation?: string) =>
  envelopeOf({
    actor: { id: 'a1', address: '192.0.2.1', sealingKey: 'X', ...(organisation && { organisation }) },
  });
const request = { model: 'gpt-5-mini', messages: [{ role: 'user' as const, content: 'Mấy giờ mở cửa?' }] };

async function lookUp(requestId = randomUUID()) {
  const order = { cache: cacheOrder({ namespace: 'faq' }), tenant: 'acme', requestId };
  return asker.request(lookUpAnswer, request, envelopeOf(order));
}

/** Answers the request once, as its asker does. */
async function answerOnce(text: string): Promise<void> {
  const found = await eventually(() => lookUp());
  if (found.outcome !== 'miss' && found.outcome !== 'pending') throw new Error(found.outcome);
  const fetched = {
    ...{ ticket: found.ticket, head: { provider: 'openai', model: 'gpt-5-mini' } },
    trailer: { usage: usageRecord(), upstreamMs: 900, costNanoUsd: 5_000 },
    completion: JSON.parse(completionOf(text)) as object,
  };
  const reply = await asker.request(storeAnswer, fetched, envelopeOf({ tenant: 'acme' }));
  expect(reply).toEqual({ isStored: true });
}

test('an answer is kept, seen by its organisation alone, judged by who got it, and purged', async () => {
  await answerOnce('Từ 8 giờ.');
  const { data } = await asker.request(listCacheEntries, { limit: 50 }, admin('acme'));
  expect(data).toMatchObject([{ organisation_id: 'acme', namespace: 'faq', cost_usd: '0.000005' }]);
  const id = data[0]?.id ?? '';
  expect(await asker.request(readCacheEntry, { id }, admin('acme'))).toMatchObject({
    completion: { choices: [{ message: { content: 'Từ 8 giờ.' } }] },
  });
  expect((await asker.request(listCacheEntries, { limit: 50 }, admin('globex'))).data).toEqual([]);
  await expect(asker.request(readCacheEntry, { id }, admin('globex'))).rejects.toMatchObject({
    code: 'not_found',
  });

  const requestId = randomUUID();
  await eventually(async () => {
    expect(await lookUp(requestId)).toMatchObject({ outcome: 'hit', answer: { id } });
  });
  const verdict = { request_id: requestId, verdict: 'wrong' as const };
  const judge = (tenant: string) => asker.request(judgeAnswer, verdict, envelopeOf({ tenant }));
  await expect(judge('globex')).rejects.toMatchObject({ code: 'not_found' });
  expect(await eventually(() => judge('acme'))).toEqual({ ...verdict, entry: id });

  await answerOnce('Từ 9 giờ.');
  expect(await asker.request(purgeCache, { all: true }, admin('globex'))).toEqual({
    purged: 0,
    complete: true,
  });
  await eventually(async () => {
    expect((await lookUp()).outcome).toBe('hit');
  });
  const purged = await asker.request(purgeCache, { namespace: 'faq' }, admin('acme'));
  expect(purged).toEqual({ purged: 1, complete: true });
  expect((await eventually(() => lookUp())).outcome).toMatch(/^(miss|pending)$/);
});
