import { createBuiltinEmbedder } from '@weir/embeddings/builtin-embedder';
import type { Embedder } from '@weir/embeddings/embedder';
import { eventually } from '@weir/testkit/eventually';
import { startNats } from '@weir/testkit/servers/nats';
import { createTestRedis, type TestRedis } from '@weir/testkit/servers/test-redis';
import type { TestServer } from '@weir/testkit/servers/test-server';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { vectorIdOf } from '../src/entries/entry-store.ts';
import { answerOf, CacheWorld, chat, saidBy, ticketIn } from './cache-world.ts';
import { MemoryVectorStore } from './memory-vector-store.ts';

let nats: TestServer;
let redis: TestRedis;
beforeAll(async () => {
  [nats, redis] = await Promise.all([startNats({ config: 'open' }), createTestRedis()]);
});
afterAll(() => Promise.all([nats.close(), redis.close()]));

let vectors: MemoryVectorStore;
let world: CacheWorld;
const builtin = createBuiltinEmbedder();
const start = async (semantic: { embedder?: Embedder; timeLimitMs?: number } = {}) => {
  vectors = new MemoryVectorStore();
  world = await CacheWorld.start(
    { nats: nats.url, redis: redis.url },
    { semantic: { embedder: builtin, vectors, ...semantic } },
  );
};
beforeEach(() => start());
afterEach(() => world.close());

const order = { mode: 'semantic' as const, accuracyTarget: 0.6, singleFlightMs: 0 };
const asked = 'How do I change the password of an email account?';
const alike = 'How do I change the password of an e-mail account?';
const answer = 'Open the settings, choose security, and then enter the new password twice.';

/** Keeps an answer, and waits until its question is known. */
async function keep(question = asked, text = answer, more: Partial<typeof order> & object = {}) {
  const ticket = ticketIn(await world.ask(chat(question), text, { order: { ...order, ...more } }));
  await eventually(() => {
    expect(vectors.points.has(vectorIdOf(ticket.id))).toBe(true);
  });
  return ticket;
}

const lookUp = (question = alike, more: object = {}, fields: object = {}) =>
  world.lookUp(chat(question, fields), { order: { ...order, ...more } });

const semanticResults = async () => {
  const text = await world.first.metrics.expose();
  const found = text.matchAll(/weir_cache_semantic_total\{result="(\w+)",service="cache"\} (\d+)/g);
  return Object.fromEntries([...found].map(([, result = '', count]) => [result, Number(count)]));
};

test('a question that means the same is answered, with how like it is', async () => {
  const { id } = await keep();
  const reply = await lookUp();
  expect(saidBy(reply)).toBe(answer);
  expect(reply).toMatchObject({ answer: { tier: 'semantic', id } });
  expect(reply.outcome === 'hit' && reply.answer.similarity).toBeGreaterThan(0.8);
  expect(world.events.at(-1)?.data).toMatchObject({ tier: 'semantic', saved: { outputTokens: 5 } });
  expect(saidBy(await lookUp(alike, {}, { stream: true }))).toBe(answer);
});

test('the exact tier goes first, and alone where no more is asked for', async () => {
  await keep();
  expect(await lookUp(asked)).toMatchObject({ answer: { tier: 'exact' } });
  expect((await lookUp(alike, { mode: 'exact' })).outcome).toBe('miss');
});

describe('there is no semantic answer', () => {
  const system = {
    messages: [
      { role: 'system', content: 'Be terse.' },
      { role: 'user', content: alike },
    ],
  };
  const turns = {
    messages: [
      ...[
        { role: 'user', content: 'Which provider?' },
        { role: 'assistant', content: 'Acme.' },
      ],
      { role: 'user', content: alike },
    ],
  };
  test.each<[string, string, object, object]>([
    ['to a question with another number', 'How do I change 2 passwords of an email account?', {}, {}],
    ['to the opposite', 'How do I not change the password of an email account?', {}, {}],
    ['to another question', 'What is the capital of France?', {}, {}],
    ['under other instructions', alike, {}, system],
    ['after other turns', alike, {}, turns],
    ['of another model', alike, {}, { model: 'gpt-5' }],
    ['at another temperature', alike, {}, { temperature: 0.2 }],
    ['of another namespace', alike, { namespace: 'n' }, {}],
    ['by other policies', alike, { screening: 's' }, {}],
    ['older than is taken', alike, { maxAgeSeconds: 1 }, {}],
    ['older than its rule keeps answers', alike, { ttlSeconds: 4 }, {}],
  ])('%s', async (_, question, more, fields) => {
    await keep();
    world.advance(5_000);
    expect((await lookUp(question, more, fields)).outcome).toBe('miss');
  });

  test('to another organisation, even where the vector store mixes all up', async () => {
    await keep();
    const nearest = vectors.nearest.bind(vectors);
    const [point] = vectors.points.values();
    vectors.nearest = (query) => nearest({ ...query, partition: point?.partition ?? '' });
    const reply = await world.lookUp(chat(alike), { order, envelope: { tenant: 'globex' } });
    expect(reply.outcome).toBe('miss');
    expect(await semanticResults()).toMatchObject({ lost: 1 });
    // It is still there for whose it is.
    expect(saidBy(await lookUp())).toBe(answer);
  });

  test('that was purged', async () => {
    await keep();
    await world.purges.put('p', { beforeMs: world.nowMs });
    expect((await lookUp()).outcome).toBe('miss');
  });

  test('whose entry is gone, and its vector goes too', async () => {
    const { id } = await keep();
    await world.first.redis.run('x', (client) => client.del(`entry:${id}`));
    expect((await lookUp()).outcome).toBe('miss');
    await eventually(() => {
      expect(vectors.points.size).toBe(0);
    });
  });
});

test('an entry’s vector goes with it', async () => {
  const { id } = await keep();
  await world.first.tiers.entries.delete([id]);
  await eventually(() => {
    expect(vectors.points.size).toBe(0);
  });
});

describe('what would have been served is held against the answer that comes', () => {
  test.each([
    ['in the shadow', { isShadow: true }, 'shadow', 0.99],
    ['for a check', { shadowCheckRate: 0.02 }, 'check', 0.01],
  ])('%s', async (_, more, why, random) => {
    const { id } = await keep();
    world.random = random;
    const reply = await lookUp(alike, more);
    expect(reply).toMatchObject({ outcome: 'miss', ticket: { semantic: { compared: { entry: id, why } } } });
    await world.store(ticketIn(reply), answerOf(`${answer.slice(0, -1)}!`));
    await eventually(async () => {
      expect((await world.first.tiers.entries.get(id))?.evidence).toMatchObject([{ correct: true }]);
      const { partitions } = await world.first.tiers.partitions.list({ limit: 10 });
      expect(partitions).toMatchObject([{ organisation: 'acme', model: 'gpt-5-mini', right: 1, wrong: 0 }]);
    });
  });

  test('and an entry that was wrong serves no more', async () => {
    const { id } = await keep(asked, 'It takes 5 minutes to change the password of an email account.');
    world.random = 0;
    const checked = await lookUp(alike, { shadowCheckRate: 0.5 });
    await world.store(
      ticketIn(checked),
      answerOf('It takes 25 minutes to change the password of an email account.'),
    );
    await eventually(async () => {
      expect((await world.first.tiers.entries.get(id))?.evidence).toMatchObject([{ correct: false }]);
    });
    await world.first.tiers.entries.delete([ticketIn(checked).id]);
    const reply = await lookUp('How do I change the password of an e-mail-account?');
    expect(reply).toMatchObject({
      outcome: 'miss',
      ticket: { semantic: { compared: { entry: id, why: 'grey' } } },
    });
  });
});

test('a partition whose answers are wrong too often stops for a while, says so, and goes on', async () => {
  const { id } = await keep();
  await lookUp(alike, {});
  await world.first.tiers.flush();
  const [served] = world.events.filter(({ name }) => name === 'usage.cache-answered');
  const hit = await world.first.tiers.served.find(served?.id ?? '');
  if (!hit) throw new Error('not known');
  const judge = async (verdicts: string) => {
    for (const verdict of verdicts) await world.first.tiers.recordVerdict(hit, verdict === '1');
  };
  const other = { ...order, accuracyTarget: 0.6 };
  await judge('1'.repeat(12) + '0'.repeat(7));
  // The entry itself is doubted by now; another of the same partition is not.
  await world.first.tiers.entries.delete([id]);
  await keep();
  expect((await lookUp(alike, other)).outcome).toBe('hit');
  await judge('0'.repeat(3));
  await world.first.tiers.entries.delete([id]);
  await keep();
  const stopped = await lookUp(alike, other);
  expect(stopped).toMatchObject({ outcome: 'miss', ticket: { semantic: { compared: { why: 'shadow' } } } });
  expect(await world.first.tiers.partitions.stoppedCount()).toBe(1);
  const { partitions } = await world.first.tiers.partitions.list({ organisation: 'acme', limit: 1 });
  expect(partitions).toMatchObject([{ right: 12, wrong: 10 }]);
  expect(partitions[0]?.isStopped).toBe(true);
  world.advance(600_001);
  expect((await lookUp(alike, other)).outcome).toBe('hit');
  expect(await world.first.tiers.partitions.stoppedCount()).toBe(0);
});

describe('a miss, in time, and the exact tier goes on', () => {
  const hang = () => new Promise<never>(() => undefined);

  test('where the vector store hangs', async () => {
    await world.close();
    await start({ timeLimitMs: 60 });
    await keep();
    vectors.before = hang;
    for (let i = 0; i < 3; i += 1) expect((await lookUp()).outcome).toBe('miss');
    expect(await semanticResults()).toMatchObject({ timeout: 3 });
    expect((await lookUp(asked)).outcome).toBe('hit');
  });

  test('where it fails, and it is left alone for a while', async () => {
    await keep();
    vectors.before = () => Promise.reject(new Error('away'));
    for (let i = 0; i < 8; i += 1) expect((await lookUp()).outcome).toBe('miss');
    expect(await semanticResults()).toMatchObject({ failed: 5, resting: 3 });
    vectors.before = async () => undefined;
    world.advance(5_001);
    expect((await lookUp()).outcome).toBe('hit');
  });

  test('where the embedder fails', async () => {
    await world.close();
    let isAway = false;
    const embed: Embedder['embed'] = (text) =>
      isAway ? Promise.reject(new Error('away')) : builtin.embed(text);
    await start({ embedder: { ...builtin, embed } });
    await keep();
    isAway = true;
    expect((await lookUp()).outcome).toBe('miss');
    expect(saidBy(await world.lookUp(chat(asked), { order }))).toBe(answer);
    expect(await semanticResults()).toMatchObject({ failed: 1 });
  });
});
