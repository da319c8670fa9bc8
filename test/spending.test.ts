import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { eventually } from '@weir/testkit/eventually';
import OpenAI, { RateLimitError } from 'openai';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type CostFleet, openCostFleet } from '@weir/testkit/spending/cost-fleet';
import {
  keyWithLimits,
  ledgerOf,
  type LimitedKey,
  pricedModel,
  setLimits,
  spendingOf,
} from '@weir/testkit/spending/spending';

let fleet: CostFleet;
beforeAll(async () => {
  fleet = await openCostFleet({ redis: 'own', counts: { cost: 2, router: 2 } });
});
afterAll(() => fleet.close());
afterEach(() => {
  fleet.provider.reset();
});

const budget = (limit: string) => [{ unit: 'usd', limit, window: 'total' } as const];
const calls = () => fleet.provider.requests.filter(({ method }) => method === 'POST');
const question = {
  model: pricedModel,
  messages: [{ role: 'user', content: 'one two three' }],
} satisfies Partial<OpenAI.ChatCompletionCreateParams>;

function ask({ key }: Pick<LimitedKey, 'key'>, more: object = {}, signal?: AbortSignal): Promise<Response> {
  return fetch(`${fleet.gateway.baseUrl}/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
    body: JSON.stringify({ ...question, ...more }),
    ...(signal && { signal }),
  });
}

const statusOf = async (asked: Promise<Response>) => {
  const response = await asked;
  await response.text();
  return response.status;
};

test('an answer says what it has cost, and that is what the ledger and the budget have', async () => {
  const key = await keyWithLimits(fleet.admins[0], budget('1'));
  fleet.provider.script({ usage: { inputTokens: 1_000, outputTokens: 100 } });
  const response = await ask(key, { max_tokens: 100 });
  expect(response.headers.get('x-weir-cost-usd')).toBe('0.00056');
  await eventually(async () => {
    expect(await spendingOf(fleet.admins[0], key)).toEqual({ usedNanoUsd: 560_000, heldNanoUsd: 0 });
    expect(await ledgerOf(fleet.gateway.databaseUrl, key)).toMatchObject([
      { entry: 'attempt', nano_usd: 560_000, usage_source: 'provider' },
    ]);
  });
});

test('32 agents that ask for 64,000 tokens and use little all get their work done under a budget that fits what they use', async () => {
  // All they use is about a cent. A whole answer is held for with all that the model can say, 32,768 tokens: 5 cents.
  const key = await keyWithLimits(fleet.admins[0], budget('0.25'));
  fleet.provider.script({ latencyMs: 20, usage: { inputTokens: 200, outputTokens: 50 } });
  const agent = async (index: number) => {
    const statuses: number[] = [];
    for (let turn = 0; turn < 3; turn++)
      statuses.push(await statusOf(ask(key, { max_tokens: 64_000, stream: index % 2 === 0 })));
    return statuses;
  };
  const done = await Promise.all(Array.from({ length: 32 }, (_, index) => agent(index)));
  expect(done.flat().filter((status) => status !== 200)).toEqual([]);
  await eventually(async () => {
    expect(await spendingOf(fleet.admins[0], key)).toEqual({ usedNanoUsd: 96 * 160_000, heldNanoUsd: 0 });
  }, 1_000);
}, 60_000);

describe.each([true, false])('a client that leaves in the middle (stream: %s)', (stream) => {
  test('is charged once, for what was sent, within five seconds, and nothing stays held for it', async () => {
    const key = await keyWithLimits(fleet.admins[0], budget('1'));
    const answer = Array.from({ length: 400 }, (_, index) => `word${index}`).join(' ');
    fleet.provider.script({ tokensPerSecond: 50, answer });
    const leaving = new AbortController();
    const asked = ask(key, { max_tokens: 2_000, stream }, leaving.signal);
    if (stream) await (await asked).body?.getReader().read();
    else await fleet.provider.waitFor(({ method }) => method === 'POST');
    const held = await spendingOf(fleet.admins[0], key);
    leaving.abort();
    await asked.catch(() => undefined);
    const [row, ...others] = await eventually(async () => {
      const rows = await ledgerOf(fleet.gateway.databaseUrl, key);
      expect(rows).toHaveLength(1);
      return rows;
    }, 5_000);
    expect(others).toEqual([]);
    expect(row).toMatchObject({ entry: 'attempt', usage_source: 'estimated' });
    expect(row?.nano_usd).toBeGreaterThan(0);
    expect(row?.nano_usd).toBeLessThan(held?.heldNanoUsd ?? 0);
    await eventually(async () => {
      expect(await spendingOf(fleet.admins[0], key)).toEqual({ usedNanoUsd: row?.nano_usd, heldNanoUsd: 0 });
    });
  });
});

test('a limit holds within a second of being set, also for a key that had none', async () => {
  const key = await keyWithLimits(fleet.admins[0], []);
  expect(await statusOf(ask(key))).toBe(200);
  await setLimits(fleet.admins[0], 'key', key.id, [{ unit: 'requests', limit: 0, window: 'day' }]);
  await eventually(async () => {
    expect(await statusOf(ask(key))).toBe(429);
  }, 1_000);
});

test('a client of the openai SDK sees a spent budget as a RateLimitError that names it, and sends the request once', async () => {
  const requests = { unit: 'requests', limit: 9, window: 'minute' } as const;
  const key = await keyWithLimits(fleet.admins[0], [...budget('0.000001'), requests]);
  let sent = 0;
  const openai = new OpenAI({
    baseURL: fleet.gateway.baseUrl,
    apiKey: key.key,
    fetch: (...parameters) => {
      sent++;
      return fetch(...parameters);
    },
  });
  const refused: unknown = await openai.chat.completions.create(question).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(RateLimitError);
  expect(refused).toMatchObject({
    status: 429,
    code: 'insufficient_quota',
    type: 'insufficient_quota',
    error: { limit: { scope: `key/${key.id}`, unit: 'usd', limit: '0.000001' } },
  });
  // Of what is limited besides, too.
  expect((refused as RateLimitError).headers.get('x-ratelimit-remaining-requests')).toBe('9');
  expect(sent).toBe(1);
  expect(calls()).toEqual([]);
});

test('the example subscriber, a process of its own, prints what a request has cost', async () => {
  const file = fileURLToPath(new URL('../examples/usage-subscriber/subscriber.mjs', import.meta.url));
  const subscriber = fork(file, { silent: true, env: { NATS_URL: fleet.gateway.nats.urlFor('subscriber') } });
  let printed = '';
  for (const output of [subscriber.stdout, subscriber.stderr])
    output?.on('data', (chunk: Buffer) => (printed += chunk.toString()));
  await eventually(() => {
    expect(printed).toContain('listening');
  });
  fleet.provider.script({ usage: { inputTokens: 1_000, outputTokens: 100 } });
  const key = await keyWithLimits(fleet.admins[0], []);
  const response = await ask(key);
  const requestId = response.headers.get('x-request-id') ?? '';
  await eventually(() => {
    expect(printed).toContain(
      `${requestId} default/${key.id} openai/${pricedModel} 1000 in, 100 out: $0.00056\n`,
    );
  });
  subscriber.kill('SIGTERM');
  expect(await once(subscriber, 'exit')).toEqual([0, null]);
});

test('while Redis is away a limited key is refused by every replica, others go on; then its limit holds as before', async () => {
  const limited = await keyWithLimits(fleet.admins[0], [{ unit: 'requests', limit: 6, window: 'day' }]);
  const free = await keyWithLimits(fleet.admins[0], []);
  const askAll = (key: LimitedKey, count: number) =>
    Promise.all(Array.from({ length: count }, () => statusOf(ask(key))));
  expect(await askAll(limited, 3)).toEqual([200, 200, 200]);

  await fleet.gateway.redis?.kill();
  expect(await askAll(limited, 20)).toEqual(Array(20).fill(503));
  expect(await askAll(free, 20)).toEqual(Array(20).fill(200));

  await fleet.gateway.redis?.restart();
  await eventually(async () => {
    expect(await statusOf(ask(limited))).toBe(200);
  }, 15_000);
  const after = await askAll(limited, 20);
  expect(after.filter((status) => status === 200)).toHaveLength(2);
  expect(after.filter((status) => status === 429)).toHaveLength(18);
}, 60_000);
