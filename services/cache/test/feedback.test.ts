import { judgeAnswer } from '@weir/contracts/cache/lookup';
import { Fault } from '@weir/service-kit/fault';
import { createMetrics } from '@weir/service-kit/metrics';
import type { RedisConnection } from '@weir/service-kit/redis/redis';
import { createTestRedis, type TestRedis } from '@weir/testkit/servers/test-redis';
import { servedFunctions } from '@weir/testkit/served-functions';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { createJudgeAnswer } from '../src/feedback/judge-answer.ts';
import { completionOf, entriesOn, idOf, newEntry, nowMs, openTestRedis } from './entry-harness.ts';

let server: TestRedis;
let redis: RedisConnection;
beforeAll(async () => {
  server = await createTestRedis();
});
afterAll(() => server.close());
beforeEach(async () => {
  redis = await openTestRedis(server.url);
});
afterEach(() => redis.close());

interface Hit {
  readonly entry: string;
  readonly tier: 'exact' | 'semantic';
  readonly organisation: string;
  readonly similarity?: number;
  readonly partition?: string;
}

const hits: Readonly<Record<string, Hit>> = {
  exact: { entry: idOf('a'), tier: 'exact', organisation: 'default' },
  semantic: {
    entry: idOf('a'),
    tier: 'semantic',
    organisation: 'default',
    similarity: 0.97,
    partition: 'p',
  },
  others: { entry: idOf('a'), tier: 'exact', organisation: 'globex' },
};

async function feedback() {
  const { entries } = entriesOn(redis);
  await entries.put(newEntry('a'), completionOf('Xin chào'), { nowMs });
  const metrics = createMetrics('cache');
  const recordVerdict = vi.fn(() => Promise.resolve());
  const find = (id: string) => Promise.resolve(hits[id]);
  const { callOf, serve } = servedFunctions();
  serve(judgeAnswer, createJudgeAnswer({ served: { find }, entries, recordVerdict, redis, metrics }));
  const call = callOf(judgeAnswer);
  const judge = (request_id: string, verdict: 'right' | 'wrong') => call({ request_id, verdict });
  const isKept = async () => (await entries.get(idOf('a'))) !== undefined;
  const counted = async () => (await metrics.expose()).match(/^weir_cache_feedback_total\{.*$/gm) ?? [];
  return { judge, recordVerdict, isKept, counted };
}

test('a verdict on a semantic answer is an observation of it, and the entry stays', async () => {
  const { counted, isKept, judge, recordVerdict } = await feedback();
  const reply = { request_id: 'semantic', entry: idOf('a'), verdict: 'wrong' };
  expect(await judge('semantic', 'wrong')).toEqual(reply);
  expect(recordVerdict.mock.calls).toEqual([[hits['semantic'], false]]);
  expect(await isKept()).toBe(true);
  expect(await counted()).toEqual([
    expect.stringMatching(/tier="semantic",verdict="wrong"(,service="cache")?\} 1$/) as string,
  ]);
});

test('an exact answer that is wrong is not given again, and one that is right stays', async () => {
  const { isKept, judge, recordVerdict } = await feedback();
  await judge('exact', 'right');
  expect(await isKept()).toBe(true);
  const again = await feedback();
  await again.judge('exact', 'wrong');
  // The first verdict on the request was another.
  expect(await again.isKept()).toBe(true);
  await redis.run('test', (client) => client.del('judged:exact'));
  await again.judge('exact', 'wrong');
  expect(await again.isKept()).toBe(false);
  expect(recordVerdict).not.toHaveBeenCalled();
});

test('a request that is judged many times counts once', async () => {
  const { counted, judge, recordVerdict } = await feedback();
  await Promise.all(Array.from({ length: 5 }, () => judge('semantic', 'wrong')));
  await judge('semantic', 'right');
  expect(recordVerdict).toHaveBeenCalledTimes(1);
  expect(await counted()).toHaveLength(1);
});

test('a verdict that could not be counted may be said again', async () => {
  const { judge, recordVerdict } = await feedback();
  recordVerdict.mockRejectedValueOnce(new Fault('service_unavailable'));
  await expect(judge('semantic', 'right')).rejects.toMatchObject({ code: 'service_unavailable' });
  await judge('semantic', 'right');
  expect(recordVerdict).toHaveBeenCalledTimes(2);
});

test("a request that is unknown and one of another tenant's are told apart by nobody", async () => {
  const { isKept, judge, recordVerdict } = await feedback();
  const refusals = await Promise.allSettled([judge('others', 'wrong'), judge('nobody', 'wrong')]);
  for (const refusal of refusals)
    expect(refusal).toMatchObject({ reason: { code: 'not_found', details: { param: 'request_id' } } });
  expect(await isKept()).toBe(true);
  expect(recordVerdict).not.toHaveBeenCalled();
});
