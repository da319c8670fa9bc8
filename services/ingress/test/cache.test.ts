import { judgeAnswer, lookUpAnswer, type LookUpReply, storeAnswer } from '@weir/contracts/cache/lookup';
import type { CacheOrder } from '@weir/contracts/cache/order';
import { cacheRules, cacheRulesKey, cacheRuleListSchema } from '@weir/contracts/cache/rules';
import { tenants, virtualKeys } from '@weir/contracts/keys/verification';
import { routingConfigs } from '@weir/contracts/routing/buckets';
import { routerSealingKey } from '@weir/contracts/sealing-key';
import { Fault } from '@weir/service-kit/fault';
import { cachedAnswer, ticketFor } from '@weir/testkit/fake-cache';
import { beforeEach, describe, expect, test } from 'vitest';
import { chat, jsonHeaders, post, startIngress, streamedChat, type Ingress } from './harness.ts';
import { keyRecord, keyText } from './keys.ts';
import { oldKeys } from './sealing-keys.ts';

const id = 'abcd1234';
let ingress: Ingress;
beforeEach(async () => {
  ingress = await startIngress();
  ingress.bus.answer(routerSealingKey, () => ({ publicKey: oldKeys.publicKey }));
  ingress.bus.answer(storeAnswer, () => ({ isStored: true }));
  cacheHas((_data, envelope) => ({ outcome: 'miss', ticket: ticketFor('', envelope) }));
  ingress.bus.onCall = (call) => {
    call.head();
    call.end('{}');
  };
});

type Reply = (data: unknown, envelope: Parameters<typeof ticketFor>[1]) => LookUpReply;

const cacheHas = (reply: Reply) => {
  ingress.bus.answer(lookUpAnswer, reply);
};

const ask = (headers: Record<string, string> = {}, body: unknown = chat) =>
  post(ingress, body, {
    headers: { authorization: `Bearer ${keyText(id)}`, 'content-type': 'application/json', ...headers },
  });

/** What the cache may do, for each request that it was asked for. */
const orders = (): (CacheOrder | undefined)[] =>
  ingress.bus.asked
    .filter(({ endpoint }) => endpoint === lookUpAnswer.name)
    .map(({ envelope }) => envelope.cache);

async function keyHas(cache?: 'off' | 'exact' | 'semantic'): Promise<void> {
  await ingress.bus.storeOf(virtualKeys).put(id, keyRecord(id, cache && { cache }));
}

async function rulesAre(...rules: object[]): Promise<void> {
  const parsed = cacheRuleListSchema.parse(rules.map((rule, i) => ({ name: `rule-${i}`, ...rule })));
  await ingress.bus.storeOf(cacheRules).put(cacheRulesKey, { rules: parsed, updatedAtMs: 0 });
}

const storeConfig = (name: string, config: Record<string, unknown>) =>
  ingress.bus.storeOf(routingConfigs).put(name, { config, updatedAtMs: 0 });

const cacheHeaders = ({ headers }: Response) =>
  Object.fromEntries([...headers].filter(([name]) => name.startsWith('x-weir-cache') || name === 'age'));

describe('the cache', () => {
  test('is off until somebody asks for it, costs no hop, and is said to be off', async () => {
    await keyHas();
    const response = await ask();
    expect(cacheHeaders(response)).toEqual({ 'x-weir-cache': 'off' });
    expect(orders()).toEqual([]);
    expect(ingress.bus.calls[0]?.envelope.cache).toBeUndefined();
  });

  test('is asked for by the request, else by its key, else by its config, else by the rule', async () => {
    await keyHas();
    await rulesAre({ default: 'exact' });
    await ask();
    await storeConfig('chat', { cache: { mode: 'semantic', max_age: 60 } });
    await ask({ 'x-weir-config': 'chat' });
    await ask({ 'x-weir-config': '{"cache":{"mode":"simple","maxAge":90}}' });
    await keyHas('semantic');
    await ask({ 'x-weir-config': '{"cache":{"mode":"simple"}}' });
    await ask({ 'x-weir-cache': 'exact' });
    await ask({ 'x-weir-cache': 'off' });
    expect(orders().map((order) => [order?.mode, order?.ttlSeconds])).toEqual([
      ['exact', 86_400],
      ['semantic', 60],
      ['exact', 90],
      ['semantic', 86_400],
      ['exact', 86_400],
    ]);
  });

  test('is never more than the first rule allows that matches', async () => {
    await keyHas('semantic');
    await rulesAre(
      { match: { models: ['gpt-4*'] }, allow: 'off' },
      { match: { namespaces: ['shop'], keys: [id] }, allow: 'exact', max_ttl_seconds: 30, ttl_seconds: 20 },
      { match: { teams: ['none'] }, allow: 'off' },
      { match: { organisations: ['default'] }, semantic: 'shadow', stale_while_revalidate_seconds: 9 },
    );
    const forbidden = await ask({ 'x-weir-cache': 'exact' }, { ...chat, model: 'gpt-4o' });
    expect(cacheHeaders(forbidden)).toEqual({ 'x-weir-cache': 'off' });
    await ask({ 'x-weir-cache-namespace': 'shop' });
    await ask({
      'x-portkey-cache-namespace': 'shop',
      'x-weir-config': '{"cache":{"mode":"semantic","max_age":60}}',
    });
    await ask();
    expect(orders()).toMatchObject([
      { mode: 'exact', ttlSeconds: 20, namespace: 'shop' },
      { mode: 'exact', ttlSeconds: 30, namespace: 'shop' },
      { mode: 'semantic', isShadow: true, staleSeconds: 9 },
    ]);
  });

  test('is off where the rules cannot be read: one of them may forbid it', async () => {
    await keyHas('semantic');
    const ofNewerRelease = { rules: [{ name: 'a', of_a_newer_release: 1 }], updatedAtMs: 1 };
    ingress.bus.storeOf(cacheRules).putRaw(cacheRulesKey, JSON.stringify(ofNewerRelease));
    expect(cacheHeaders(await ask({ 'x-weir-cache': 'exact' }))).toEqual({ 'x-weir-cache': 'off' });
    expect(orders()).toEqual([]);
  });

  test.each<[Record<string, string>, object]>([
    [{ 'x-weir-cache': 'refresh' }, { mode: 'exact', isRead: false }],
    [{ 'x-portkey-cache-force-refresh': 'True' }, { mode: 'exact', isRead: false }],
    [{ 'cache-control': 'no-cache' }, { isRead: false }],
    [{ 'cache-control': 'max-age=0' }, { isRead: false }],
    [{ 'cache-control': 'private, Max-Age="60", x=1' }, { isRead: true, maxAgeSeconds: 60 }],
    [{ 'cache-control': 'max-age=soon' }, { isRead: true }],
  ])('does what %j says', async (headers, expected) => {
    await keyHas('exact');
    expect((await ask(headers)).status).toBe(200);
    expect(orders()).toEqual([expect.objectContaining(expected)]);
  });

  test.each([
    [{ 'x-weir-cache': 'always' }, 'The header x-weir-cache must be one of off, exact, semantic, refresh.'],
    [{ 'x-weir-cache-namespace': 'my shop' }, 'The header x-weir-cache-namespace is not valid'],
    [{ 'x-portkey-cache-force-refresh': '1' }, 'The header x-portkey-cache-force-refresh must be true or'],
  ])('is not asked where %j makes no sense', async (headers, message) => {
    await keyHas();
    const response = await ask(headers);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      error: { code: 'invalid_header', message: expect.stringContaining(message) as string },
    });
  });

  test.each<[string, Record<string, string>, object]>([
    ['no-store', { 'cache-control': 'no-store' }, chat],
    ['an answer that its provider is to keep', {}, { ...chat, store: true }],
    ['many choices', {}, { ...chat, n: 9 }],
    [
      'so many values that others would wait',
      {},
      { ...chat, extra: Array.from({ length: 20_001 }, () => 1) },
    ],
    ['so long a text that others would wait', {}, { ...chat, user: 'é'.repeat(524_288) }],
    ['a config that is not there', { 'x-weir-config': 'gone' }, chat],
  ])('is passed over for %s', async (_what, headers, body) => {
    await keyHas('exact');
    expect(cacheHeaders(await ask(headers, body))).toEqual({ 'x-weir-cache': 'bypass' });
    expect(orders()).toEqual([]);
    const only = await ask({ ...headers, 'cache-control': 'no-store, only-if-cached' }, body);
    expect(only.status).toBe(504);
  });

  test('alone is asked by only-if-cached, also where it is off', async () => {
    await keyHas('exact');
    const missed = await ask({ 'cache-control': 'only-if-cached' });
    expect([missed.status, missed.headers.get('x-weir-cache')]).toEqual([504, 'miss']);
    const off = await ask({ 'cache-control': 'only-if-cached', 'x-weir-cache': 'off' });
    expect(off.status).toBe(504);
    expect(ingress.bus.calls).toEqual([]);
  });
});

test('what decides the route tells requests apart: the config as it stands, and the metadata that it asks for', async () => {
  await keyHas('exact');
  const routeOf = async (headers: Record<string, string>) => {
    await ask(headers);
    return orders().at(-1)?.route;
  };
  const none = await routeOf({});
  await storeConfig('default', { provider: 'openai' });
  const first = await routeOf({});
  await storeConfig('default', { provider: 'openai' });
  const second = await routeOf({});
  const revisions = orders().map((order) => order?.configRevision);
  expect(new Set(revisions).size).toBe(3);
  expect(revisions[0]).toBeUndefined();
  const inline = '{"provider":"openai"}';
  const [one, other] = [await routeOf({ 'x-weir-config': inline }), await routeOf({ 'x-weir-config': '{}' })];
  expect(none).toBeUndefined();
  expect(new Set([none, first, second, one, other]).size).toBe(5);
  expect(await routeOf({ 'x-weir-config': inline })).toBe(one);
  const config = JSON.stringify({
    strategy: {
      mode: 'conditional',
      conditions: [{ query: { 'metadata.plan': { $eq: 'paid' } }, then: 'a' }],
    },
    targets: [{ name: 'a' }],
  });
  const routes = [];
  for (const metadata of ['{}', '{"plan":"paid"}', '{"plan":"free"}', '{"plan":"paid","other":"x"}'])
    routes.push(await routeOf({ 'x-weir-config': config, 'x-weir-metadata': metadata }));
  expect(new Set(routes).size).toBe(3);
  expect(routes[3]).toBe(routes[1]);
});

test('what a config routes by tells requests apart, also where the answer’s key leaves it out', async () => {
  await keyHas('exact');
  const routesBy = async (strategy: object, bodies: object[], metadata: string[] = ['{}']) => {
    const config = JSON.stringify({ strategy, targets: [{ name: 'a' }, { name: 'b' }] });
    const routes = [];
    for (const body of bodies)
      for (const said of metadata) {
        await ask({ 'x-weir-config': config, 'x-weir-metadata': said }, { ...chat, ...body });
        routes.push(orders().at(-1)?.route);
      }
    return new Set(routes).size;
  };
  const conditional = (query: object) => ({ mode: 'conditional', conditions: [{ query, then: 'b' }] });
  const users = [{ user: 'an' }, { user: 'binh' }, { user: 'an', seed: 1 }];
  expect(await routesBy(conditional({ $or: [{ 'params.user': 'binh' }] }), users)).toBe(2);
  const tiers = [{ service_tier: 'flex' }, { service_tier: 'default' }, { metadata: { plan: 'x' } }];
  expect(await routesBy(conditional({ 'params.service_tier': { $eq: 'flex' } }), tiers)).toBe(3);
  expect(await routesBy(conditional({ 'params.metadata.plan': { $eq: 'x' } }), tiers)).toBe(2);
  const sticky = { mode: 'loadbalance', stickySession: { hashFields: ['metadata.session', 'params.user'] } };
  expect(await routesBy(sticky, users, ['{}', '{"session":"s1"}'])).toBe(4);
});

test('a config that asks for guardrails has its requests screened before the cache is asked', async () => {
  await keyHas('exact');
  await storeConfig('careful', { cache: { mode: 'simple' }, input_guardrails: ['balanced'] });
  await ask({ 'x-weir-config': 'careful' });
  expect(orders()).toEqual([]);
  expect(ingress.bus.calls).toMatchObject([
    {
      contract: 'guardrails.complete',
      envelope: { guardrails: { input: ['balanced'], output: [] }, cache: { mode: 'exact' } },
    },
  ]);
});

test('what could not be screened is neither looked up nor kept', async () => {
  await keyHas('exact');
  await ingress.bus
    .storeOf(tenants)
    .put('organisation.default', { suspended: false, guardrailPolicy: 'report' });
  ingress.bus.onCall = (call) => {
    if (call.contract === 'guardrails.complete') {
      call.isAccepted = false;
      call.fault(new Fault('service_unavailable'));
      return;
    }
    call.head();
    call.end('{}');
  };
  expect(cacheHeaders(await ask())).toEqual({ 'x-weir-cache': 'bypass' });
  expect((await ask({ 'cache-control': 'only-if-cached' })).status).toBe(504);
  expect(ingress.bus.asked).toEqual([]);
});

describe('an answer from the cache', () => {
  const hit = {
    outcome: 'hit',
    answer: cachedAnswer({ tier: 'semantic', similarity: 0.98765, ageSeconds: 12 }),
  };

  test('says so, whole and streamed, and costs nothing', async () => {
    await keyHas('semantic');
    cacheHas(() => ({ ...hit, answer: { ...hit.answer, completion: '{"id":"kept"}' } }) as LookUpReply);
    const whole = await ask({ 'x-portkey-config': '{}' });
    expect(await whole.json()).toEqual({ id: 'kept' });
    expect(cacheHeaders(whole)).toEqual({
      ...{ 'x-weir-cache': 'hit-semantic', 'x-weir-cache-similarity': '0.9877', age: '12' },
      'x-weir-cache-entry': 'A'.repeat(43),
    });
    expect(whole.headers.get('x-portkey-cache-status')).toBe('SEMANTIC HIT');
    expect(whole.headers.get('x-weir-cost-usd')).toMatch(/^0(\.0+)?$/);
    cacheHas(() => ({ ...hit, answer: { ...hit.answer, chunks: ['{"n":1}', '{"n":2}'] } }) as LookUpReply);
    const streamed = await ask({}, streamedChat);
    expect(await streamed.text()).toBe('data: {"n":1}\n\ndata: {"n":2}\n\ndata: [DONE]\n\n');
    expect(streamed.headers.get('x-weir-cache')).toBe('hit-semantic');
    expect(ingress.bus.calls).toEqual([]);
  });

  test.each<[Record<string, string>, 'exact' | 'semantic', string]>([
    [{}, 'exact', 'MISS'],
    [{}, 'semantic', 'SEMANTIC MISS'],
    [{ 'x-portkey-cache-force-refresh': 'true' }, 'exact', 'REFRESH'],
    [{ 'x-weir-cache': 'off' }, 'exact', 'DISABLED'],
  ])('that is not there is told to Portkey’s users too (%j, %s)', async (headers, mode, status) => {
    await keyHas(mode);
    cacheHas((_data, envelope) => ({
      outcome: 'miss',
      ticket: ticketFor(
        '',
        envelope,
        mode === 'semantic' ? { semantic: { partition: 'p', question: 'q' } } : {},
      ),
    }));
    const response = await ask({ 'x-portkey-config': '{}', ...headers });
    expect(response.headers.get('x-portkey-cache-status')).toBe(status);
  });
});

describe('a verdict on a cached answer', () => {
  const judge = (body: unknown, headers: Record<string, string> = jsonHeaders) =>
    fetch(`${ingress.url}/v1/feedback`, { method: 'POST', headers, body: JSON.stringify(body) });

  test('is taken from whoever has a key, for the cache to judge by', async () => {
    ingress.bus.answer(judgeAnswer, ({ request_id, verdict }) => ({ request_id, verdict, entry: 'e' }));
    const response = await judge({ request_id: 'r', verdict: 'wrong' });
    expect([response.status, await response.json()]).toEqual([
      200,
      { request_id: 'r', verdict: 'wrong', entry: 'e' },
    ]);
    expect((await judge({ request_id: 'r', verdict: 'perhaps' })).status).toBe(400);
    expect(
      (await judge({ request_id: 'r', verdict: 'wrong' }, { 'content-type': 'application/json' })).status,
    ).toBe(401);
  });

  test('is refused where the answer is nobody’s or somebody else’s, and where the cache is away', async () => {
    expect((await judge({ request_id: 'r', verdict: 'right' })).status).toBe(503);
    ingress.bus.answer(judgeAnswer, () => {
      throw new Fault('not_found');
    });
    expect((await judge({ request_id: 'r', verdict: 'right' })).status).toBe(404);
  });
});
