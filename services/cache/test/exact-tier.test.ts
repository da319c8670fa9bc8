import { cacheAnswered } from '@weir/contracts/usage-events';
import { parseExactJson } from '@weir/service-kit/exact-json';
import { eventually } from '@weir/testkit/eventually';
import { startNats } from '@weir/testkit/servers/nats';
import { createTestRedis, type TestRedis } from '@weir/testkit/servers/test-redis';
import type { TestServer } from '@weir/testkit/servers/test-server';
import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { answerOf, CacheWorld, chat, head, saidBy, ticketIn, trailer } from './cache-world.ts';
import { completionOf } from './entry-harness.ts';

let nats: TestServer;
let redis: TestRedis;
let world: CacheWorld;
beforeAll(async () => {
  [nats, redis] = await Promise.all([startNats({ config: 'open' }), createTestRedis({ ownServer: true })]);
});
afterAll(() => Promise.all([nats.close(), redis.close()]));
beforeEach(async () => {
  world = await CacheWorld.start({ nats: nats.url, redis: redis.url }, { replicas: 2 });
});
afterEach(() => world.close());

test('the same request is answered again, with whose answer it was and how old', async () => {
  expect(await world.ask(chat('Hi'), 'Hello')).toMatchObject({ outcome: 'miss', ticket: { isLeader: true } });
  world.advance(5_000);
  const reply = await world.lookUp(chat(' Hi\n', { user: 'u', stream: false }));
  expect(saidBy(reply)).toBe('Hello');
  expect(reply).toMatchObject({
    answer: { tier: 'exact', ageSeconds: 5, ...head, usage: trailer.usage },
  });
  expect(saidBy(await world.lookUp(chat('hi')))).toBeUndefined();
});

test('a hit warns of what was left out of the request, as the answer did when it came', async () => {
  const ticket = ticketIn(await world.lookUp(chat('Hi')));
  const warnings = ['seed was left out'];
  await world.store(ticket, { ...answerOf('Hello'), head: { ...head, warnings } });
  expect(await world.lookUp(chat('Hi'))).toMatchObject({ outcome: 'hit', answer: { warnings } });
});

test('what came whole is replayed as a stream, and the other way round', async () => {
  const first = ticketIn(await world.lookUp(chat('one')));
  await world.store(first, answerOf('Hello 🙂'.repeat(40)));
  const streamed = await world.lookUp(chat('one', { stream: true, stream_options: { include_usage: true } }));
  expect(saidBy(streamed)).toBe('Hello 🙂'.repeat(40));
  const second = ticketIn(await world.lookUp(chat('two', { stream: true })));
  const chunks = streamed.outcome === 'hit' ? (streamed.answer.chunks ?? []) : [];
  await world.store(second, { head, trailer, chunks: chunks.map((chunk) => JSON.parse(chunk) as unknown) });
  const whole = await world.lookUp(chat('two'));
  expect(saidBy(whole)).toBe('Hello 🙂'.repeat(40));
});

test('a hit says what it has saved', async () => {
  await world.ask(chat('Hi'), 'Hello');
  await world.lookUp(chat('Hi', { user: 'someone' }), {
    envelope: { requestId: 'r1', metadata: { a: 'b' } },
  });
  const [event] = world.events;
  expect(event).toMatchObject({ name: cacheAnswered.name, id: 'r1' });
  expect(cacheAnswered.data.parse(event?.data)).toMatchObject({
    ...{ requestId: 'r1', tenant: 'acme', keyId: 'key1', teamId: 'team1', endUser: 'someone', tier: 'exact' },
    ...{ provider: 'openai', model: 'gpt-5-mini-2026', modelAsked: 'gpt-5-mini', savedNanoUsd: 12_000 },
    saved: { inputTokens: 10, outputTokens: 5, latencyMs: 900 },
    metadata: { a: 'b' },
  });
});

test('hits are counted, and a request’s answer is known afterwards', async () => {
  const ticket = ticketIn(await world.ask(chat('Hi'), 'Hello'));
  for (let i = 0; i < 3; i += 1) await world.lookUp(chat('Hi'), { envelope: { requestId: `r${i}` } });
  await Promise.all(world.replicas.map(({ tiers }) => tiers.flush()));
  expect((await world.first.tiers.entries.get(ticket.id))?.hits).toBe(3);
  expect(await world.first.tiers.served.find('r1')).toMatchObject({ entry: ticket.id, organisation: 'acme' });
  expect(await world.first.tiers.served.find('r9')).toBeUndefined();
});

describe('nobody sees what is another’s', () => {
  const globex = { envelope: { tenant: 'globex' } };

  test.each([
    ['the same request and key', chat('secret'), globex],
    ['a namespace like a tenant', chat('secret'), { ...globex, order: { namespace: 'acme' } }],
    ['another sharing', chat('secret'), { ...globex, order: { sharedBy: 'everyone' as const } }],
    ['the team of the same name', chat('secret'), { ...globex, order: { sharedBy: 'team' as const } }],
    ['a user like a tenant', chat('secret', { user: 'acme', metadata: { tenant: 'acme' } }), globex],
    ['what a key may not use', chat('secret'), { envelope: { access: { models: [['gpt-4*']] } } }],
    ['other policies', chat('secret'), { order: { screening: 'pii@1' } }],
  ])('by %s', async (_, request, asked) => {
    await world.ask(chat('secret'), 'of acme');
    expect((await world.lookUp(request, asked)).outcome).toBe('miss');
  });

  test('by a ticket with the id of their entry', async () => {
    const ticket = ticketIn(await world.lookUp(chat('secret')));
    await world.store(ticket, answerOf('poison of globex'), globex);
    expect((await world.lookUp(chat('secret'))).outcome).toBe('miss');
    await world.store(ticket, answerOf('of acme'));
    expect(saidBy(await world.lookUp(chat('secret')))).toBe('of acme');
    // Nor by one that says that it is shared by everyone.
    const forged = { ...ticket, order: { ...ticket.order, sharedBy: 'everyone' as const } };
    await world.store(forged, answerOf('poison of globex'), globex);
    expect((await world.lookUp(chat('secret'))).outcome).toBe('miss');
  });

  test('unless a rule says that they share', async () => {
    const shared = { order: { sharedBy: 'everyone' as const } };
    await world.ask(chat('public'), 'of acme', shared);
    expect(saidBy(await world.lookUp(chat('public'), { ...globex, ...shared }))).toBe('of acme');
  });

  test('not even in the same organisation, where keys do not share', async () => {
    const own = { order: { sharedBy: 'key' as const } };
    await world.ask(chat('mine'), 'of key1', own);
    expect(
      (await world.lookUp(chat('mine'), { ...own, envelope: { caller: { keyId: 'key2' } } })).outcome,
    ).toBe('miss');
    expect(saidBy(await world.lookUp(chat('mine'), own))).toBe('of key1');
  });
});

describe('poison is not kept', () => {
  const choice = (given: object) => {
    const { choices, ...rest } = JSON.parse(completionOf('x')) as { choices: [object] };
    return { ...rest, choices: [{ ...choices[0], ...given }] };
  };
  const chunk = (delta: object, finish: string | null) => ({
    ...{ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm' },
    choices: [{ index: 0, delta, finish_reason: finish }],
  });

  test.each([
    ['errors', { head, trailer, completion: { error: { message: 'overloaded' } } }, 'malformed'],
    [
      'answers that were cut',
      { head, trailer, completion: choice({ finish_reason: 'length' }) },
      'unfinished',
    ],
    [
      'answers that were filtered',
      { head, trailer, completion: choice({ finish_reason: 'content_filter' }) },
      'unfinished',
    ],
    [
      'tool calls',
      {
        head,
        trailer,
        chunks: [
          chunk(
            { tool_calls: [{ index: 0, id: 'a', function: { name: 'f', arguments: '' } }] },
            'tool_calls',
          ),
        ],
      },
      'tool_calls',
    ],
    [
      'refusals',
      { head, trailer, completion: choice({ message: { role: 'assistant', content: null, refusal: 'no' } }) },
      'refusal',
    ],
    [
      'empty answers',
      { head, trailer, completion: choice({ message: { role: 'assistant', content: '' } }) },
      'empty',
    ],
    ['streams that broke off', { head, trailer, chunks: [chunk({ content: 'half' }, null)] }, 'unfinished'],
    ['streams without an end', { head, chunks: [chunk({ content: 'x' }, 'stop')] }, 'no_answer'],
    [
      'what nobody counted',
      {
        head,
        trailer: { ...trailer, usage: { ...trailer.usage, source: 'estimated' as const } },
        completion: choice({}),
      },
      'usage',
    ],
    ['nothing', {}, 'no_answer'],
  ])('%s', async (_, answer, reason) => {
    const ticket = ticketIn(await world.lookUp(chat('Hi')));
    expect(await world.store(ticket, answer)).toEqual({ isStored: false, reason });
    expect(await world.lookUp(chat('Hi'))).toMatchObject({ outcome: 'miss', ticket: { isLeader: true } });
  });

  test('an answer with fewer choices than were asked for', async () => {
    const ticket = ticketIn(await world.lookUp(chat('Hi', { n: 2 })));
    expect(await world.store(ticket, answerOf('x'))).toEqual({ isStored: false, reason: 'unfinished' });
  });

  test('numbers that would change', async () => {
    const ticket = ticketIn(await world.lookUp(chat('Hi')));
    const completion = { ...choice({}), seed: parseExactJson('9007199254740993') };
    expect(await world.store(ticket, { head, trailer, completion })).toEqual({
      isStored: false,
      reason: 'inexact_number',
    });
  });

  test('answers that are too large', async () => {
    const ticket = ticketIn(await world.lookUp(chat('Hi')));
    const text = randomBytes(150_000).toString('base64');
    expect(await world.store(ticket, answerOf(text))).toEqual({ isStored: false, reason: 'too_large' });
  });
});

describe('of identical requests at once', () => {
  test('one is the leader, over all replicas, and the others get its answer', async () => {
    const replies = await Promise.all(Array.from({ length: 100 }, () => world.lookUp(chat('Hi'))));
    const leaders = replies.filter(({ outcome }) => outcome === 'miss');
    expect(leaders).toHaveLength(1);
    expect(replies.filter(({ outcome }) => outcome === 'pending')).toHaveLength(99);
    const waiting = Array.from({ length: 99 }, () => world.await(chat('Hi')));
    for (const leader of leaders) await world.store(ticketIn(leader), answerOf('Hello'));
    expect(new Set((await Promise.all(waiting)).map(saidBy))).toEqual(new Set(['Hello']));
  });

  test('a leader that gives up lets the others go on', async () => {
    const leader = await world.lookUp(chat('Hi'));
    const waiting = [world.await(chat('Hi')), world.await(chat('Hi'))];
    const asked = Date.now();
    await world.store(ticketIn(leader), {});
    const replies = await Promise.all(waiting);
    expect(replies.map(({ outcome }) => outcome)).toEqual(['miss', 'miss']);
    expect(Date.now() - asked).toBeLessThan(2_000);
  });

  test('a leader that dies is followed by one of the others', async () => {
    await world.lookUp(chat('Hi'), { order: { singleFlightMs: 300 } });
    const waiting = [world.await(chat('Hi')), world.await(chat('Hi'))];
    const next = await Promise.race(waiting);
    expect(next).toMatchObject({ outcome: 'miss', ticket: { isLeader: true } });
    await world.store(ticketIn(next), answerOf('Hello'));
    expect((await Promise.all(waiting)).map(saidBy)).toContain('Hello');
  });

  test('nobody waits longer than is allowed', async () => {
    await world.lookUp(chat('Hi'), { order: { singleFlightMs: 10_000 } });
    const waited = await world.await(chat('Hi'), { order: { singleFlightMs: 200 } });
    expect(waited).toMatchObject({ outcome: 'miss', ticket: { isLeader: false } });
  });

  test('all go on where none is to wait, or an answer is wanted from here alone', async () => {
    for (const order of [{ singleFlightMs: 0 }, { isOnlyIfCached: true }]) {
      const replies = await Promise.all([
        world.lookUp(chat('Hi'), { order }),
        world.lookUp(chat('Hi'), { order }),
      ]);
      expect(replies.map(({ outcome }) => outcome)).toEqual(['miss', 'miss']);
    }
    expect(await world.lookUp(chat('Hi'))).toMatchObject({ outcome: 'miss', ticket: { isLeader: true } });
  });
});

test('a stale answer is served while one asker fetches anew', async () => {
  const order = { ttlSeconds: 60, staleSeconds: 60 };
  await world.ask(chat('Hi'), 'old', { order });
  world.advance(61_000);
  const replies = await Promise.all([1, 2, 3].map(() => world.lookUp(chat('Hi'), { order })));
  expect(replies.map(saidBy)).toEqual(['old', 'old', 'old']);
  const fetching = replies.filter((reply) => reply.outcome === 'hit' && reply.revalidate);
  expect(fetching).toHaveLength(1);
  for (const reply of fetching) await world.store(ticketIn(reply), answerOf('new'));
  expect(saidBy(await world.lookUp(chat('Hi'), { order }))).toBe('new');
  world.advance(121_000);
  expect((await world.lookUp(chat('Hi'), { order })).outcome).toBe('miss');
});

test('a fresh answer that is asked for takes the old one’s place', async () => {
  await world.ask(chat('Hi'), 'old');
  expect(await world.ask(chat('Hi'), 'new', { order: { isRead: false } })).toMatchObject({ outcome: 'miss' });
  expect(saidBy(await world.lookUp(chat('Hi')))).toBe('new');
});

test('nothing older than a request takes is served', async () => {
  await world.ask(chat('Hi'), 'old');
  world.advance(10_000);
  expect(saidBy(await world.lookUp(chat('Hi'), { order: { maxAgeSeconds: 11 } }))).toBe('old');
  expect((await world.lookUp(chat('Hi'), { order: { maxAgeSeconds: 9 } })).outcome).toBe('miss');
});

test('nothing is served that was kept for longer than the reader’s own rule keeps answers', async () => {
  await world.ask(chat('Hi'), 'old', { order: { ttlSeconds: 86_400 } });
  world.advance(90_000);
  const brief = { ttlSeconds: 60 };
  expect(saidBy(await world.lookUp(chat('Hi'), { order: { ...brief, staleSeconds: 60 } }))).toBe('old');
  expect(saidBy(await world.lookUp(chat('Hi')))).toBe('old');
  expect((await world.ask(chat('Hi'), 'new', { order: brief })).outcome).toBe('miss');
  expect(saidBy(await world.lookUp(chat('Hi'), { order: brief }))).toBe('new');
});

test('what was purged is served no more, nor kept by who had asked before', async () => {
  await world.ask(chat('Hi'), 'old');
  const underWay = ticketIn(await world.lookUp(chat('under way')));
  await world.purges.put('p1', { organisation: 'acme', beforeMs: world.nowMs });
  expect((await world.lookUp(chat('Hi'))).outcome).toBe('miss');
  expect(await world.store(underWay, answerOf('x'))).toEqual({ isStored: false, reason: 'purged' });
  world.advance(1);
  await world.ask(chat('Hello'), 'new');
  expect(saidBy(await world.lookUp(chat('Hello')))).toBe('new');
});

test.each(['exact', 'semantic'] as const)(
  'a stale answer that was purged has nobody wait for its asker: %s',
  async (mode) => {
    const order = { mode, ttlSeconds: 60, staleSeconds: 60 };
    await world.ask(chat('Hi'), 'old', { order });
    world.advance(61_000);
    await world.purges.put('p2', { organisation: 'acme', beforeMs: world.nowMs - 1 });
    expect(await world.lookUp(chat('Hi'), { order })).toMatchObject({
      ...{ outcome: 'miss', ticket: { isLeader: true } },
    });
  },
);

test.each([
  ['who asks for none', chat('Hi'), { envelope: { cache: undefined } }, 'off'],
  ['what the provider keeps', chat('Hi', { store: true }), {}, 'kept_by_provider'],
])('the cache has nothing to do with %s', async (_, request, asked, reason) => {
  expect(await world.lookUp(request, asked)).toEqual({ outcome: 'bypass', reason });
});

test('what it does is measured', async () => {
  await world.ask(chat('Hi'), 'Hello');
  await world.lookUp(chat('Hi'));
  const texts = await Promise.all(world.replicas.map(({ metrics }) => metrics.expose()));
  const text = texts.join('\n');
  expect(text).toMatch(/weir_cache_requests_total\{tier="exact",result="hit",service="cache"\} 1/);
  expect(text).toMatch(/weir_cache_requests_total\{tier="exact",result="miss",service="cache"\} 1/);
  expect(text).toMatch(/weir_cache_stores_total\{result="stored",service="cache"\} 1/);
  expect(text).toMatch(/weir_cache_hit_rate\{tier="exact",service="cache"\} (1|0\.5)\n/);
});

test('a Redis that hangs or dies is passed by in time, and used again when it is back', async () => {
  const { server } = redis;
  if (!server?.pid) return;
  await world.close();
  world = await CacheWorld.start({ nats: nats.url, redis: redis.url }, { timeLimitMs: 100 });
  process.kill(server.pid, 'SIGSTOP');
  for (let i = 0; i < 3; i += 1) {
    const askedAtMs = Date.now();
    expect(await world.lookUp(chat('Hi'))).toEqual({ outcome: 'bypass', reason: 'timeout' });
    expect(Date.now() - askedAtMs).toBeLessThan(1_000);
  }
  process.kill(server.pid, 'SIGCONT');
  await eventually(async () => {
    expect((await world.ask(chat('Hi'), 'Hello')).outcome).toBe('hit');
  });
  await server.kill();
  await eventually(async () => {
    expect(await world.lookUp(chat('Hi'))).toEqual({ outcome: 'bypass', reason: 'unavailable' });
  });
  await server.restart();
  await eventually(async () => {
    expect((await world.lookUp(chat('other'))).outcome).toMatch(/miss|pending/);
  });
});
