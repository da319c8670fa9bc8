import type { AdminClient } from '@weir/admin-client/admin-client';
import { writePolicy } from '@weir/contracts/admin/guardrail-policies';
import { writeConfig } from '@weir/contracts/admin/routing-configs';
import { createOrganisation } from '@weir/contracts/admin/organisations';
import { createKey } from '@weir/contracts/admin/virtual-keys';
import { eventually } from '@weir/testkit/eventually';
import { startGateway, type Gateway } from '@weir/testkit/gateway';
import { startFakeProvider, type FakeProvider } from '@weir/testkit/providers/fake-provider';
import type { Fault } from '@weir/testkit/providers/fault';
import { keyWithLimits, ledgerOf, pricedModel, spendingOf } from '@weir/testkit/spending/spending';
import OpenAI from 'openai';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { adminOf } from './helpers/admin.ts';
import { settingsFor } from './helpers/gateway-fixture.ts';

let provider: FakeProvider;
let gateway: Gateway;
let admin: AdminClient;

beforeAll(async () => {
  provider = await startFakeProvider();
  gateway = await startGateway({ router: settingsFor(provider), guardrails: {}, cache: {} });
  admin = adminOf(gateway.url);
  const pii = (action: string) => ({ checks: [{ type: 'pii', action }] });
  const policy = { input: pii('mask'), output: pii('redact') };
  await admin.call(writePolicy, { name: 'masking', policy });
});
beforeEach(() => {
  provider.reset();
});
afterAll(async () => {
  await gateway.close();
  await provider.close();
});

async function keyOf(
  fields: { organisation_id?: string; guardrail_policy?: string; config?: string } = {},
): Promise<string> {
  const made = await admin.call(createKey, { name: 'cached', guardrail_policy: 'off', ...fields });
  return made.key;
}

const clientOf = (apiKey: string, cache = 'exact') =>
  new OpenAI({
    ...{ baseURL: gateway.baseUrl, apiKey, maxRetries: 0 },
    defaultHeaders: { 'x-weir-cache': cache },
  });

let questions = 0;
/** One that nobody has asked. */
const newQuestion = () => `What is the capital of country number ${++questions}?`;

const chatOf = (content: string) => ({
  model: pricedModel,
  messages: [{ role: 'user' as const, content }],
});

/** Asks for a whole answer: what it says, and what its headers say of the cache. */
async function ask(openai: OpenAI, content: string, more: object = {}) {
  const { data, response } = await openai.chat.completions
    .create({ ...chatOf(content), ...more })
    .withResponse();
  return { said: data.choices[0]?.message.content, cache: response.headers.get('x-weir-cache'), response };
}

async function askStreamed(openai: OpenAI, content: string) {
  const { data, response } = await openai.chat.completions
    .create({ ...chatOf(content), stream: true, stream_options: { include_usage: true } })
    .withResponse();
  let said = '';
  let usage: OpenAI.CompletionUsage | undefined;
  for await (const chunk of data) {
    said += chunk.choices[0]?.delta.content ?? '';
    usage = chunk.usage ?? usage;
  }
  return { said, usage, cache: response.headers.get('x-weir-cache') };
}

const providerCalls = () => provider.requests.filter(({ method }) => method === 'POST');

/** Until the answer is kept, which nobody waits for. */
const untilHit = (openai: OpenAI, content: string) =>
  eventually(async () => {
    expect((await ask(openai, content)).cache).toBe('hit-exact');
  });

describe('the same question', () => {
  test('is answered once by the provider, and then whole or streamed, as it is asked for, by the cache', async () => {
    const openai = clientOf(await keyOf());
    const question = newQuestion();
    const first = await ask(openai, question);
    expect(first.cache).toBe('miss');
    await untilHit(openai, question);
    const asked = providerCalls().length;
    const whole = await ask(openai, question);
    const streamed = await askStreamed(openai, question);
    expect([whole.said, streamed.said]).toEqual([first.said, first.said]);
    expect(streamed).toMatchObject({
      cache: 'hit-exact',
      usage: { total_tokens: expect.any(Number) as number },
    });
    expect(providerCalls()).toHaveLength(asked);
    expect(whole.response.headers.get('x-weir-cache-entry')).toMatch(/^[\w-]{43}$/);
    expect(Number(whole.response.headers.get('age'))).toBeLessThan(60);
    expect(whole.response.headers.get('x-weir-cost-usd')).toMatch(/^0(\.0+)?$/);
  });

  test('that was streamed is replayed to whoever asks for it whole', async () => {
    const openai = clientOf(await keyOf());
    const question = newQuestion();
    const first = await askStreamed(openai, question);
    await untilHit(openai, question);
    expect((await ask(openai, question)).said).toBe(first.said);
  });

  test('of another organisation is another question', async () => {
    const question = newQuestion();
    const ours = clientOf(await keyOf());
    await ask(ours, question);
    await untilHit(ours, question);
    await admin.call(createOrganisation, { id: 'elsewhere', name: 'Elsewhere', guardrail_policy: 'off' });
    const theirs = clientOf(await keyOf({ organisation_id: 'elsewhere' }));
    const before = providerCalls().length;
    expect((await ask(theirs, question)).cache).toBe('miss');
    expect(providerCalls()).toHaveLength(before + 1);
  });

  test('is another where a stored config routes it to another model, and begins anew when that changes', async () => {
    const target = (name: string, model: string) => ({
      name,
      provider: 'openai',
      override_params: { model },
    });
    const configOf = (small: string) => ({
      strategy: {
        mode: 'conditional',
        conditions: [{ query: { 'params.safety_identifier': { $eq: 'vip' } }, then: 'large' }],
        default: 'small',
      },
      targets: [target('large', 'gpt-5'), target('small', small)],
    });
    await admin.call(writeConfig, { name: 'by-user', config: configOf(pricedModel) });
    const openai = clientOf(await keyOf({ config: 'by-user' }));
    const question = newQuestion();
    const answered = async (whose: string, cache: string, model: string) => {
      await eventually(async () => {
        const { response } = await openai.chat.completions
          .create({ ...chatOf(question), safety_identifier: whose })
          .withResponse();
        const said = ['x-weir-cache', 'x-weir-model'].map((name) => response.headers.get(name));
        expect(said).toEqual([cache, model]);
      });
    };
    await answered('an', 'hit-exact', pricedModel);
    await answered('vip', 'miss', 'gpt-5');
    await answered('vip', 'hit-exact', 'gpt-5');
    await admin.call(writeConfig, { name: 'by-user', config: configOf('gpt-5-nano') });
    await answered('binh', 'hit-exact', 'gpt-5-nano');
  });

  test('with other personal data is the same, and each caller finds their own in the answer', async () => {
    const openai = clientOf(await keyOf({ guardrail_policy: 'masking' }));
    const question = newQuestion();
    const askedBy = (email: string) => `${question} Write it to ${email}.`;
    provider.script({ answer: 'I wrote it to [EMAIL_1], and to boss.le@example.vn.' });
    const first = await ask(openai, askedBy('an.nguyen@example.vn'));
    expect(first).toMatchObject({
      cache: 'miss',
      said: 'I wrote it to an.nguyen@example.vn, and to [EMAIL].',
    });
    await untilHit(openai, askedBy('an.nguyen@example.vn'));
    const asked = providerCalls().length;
    const theirs = 'I wrote it to binh.tran@example.vn, and to [EMAIL].';
    expect(await ask(openai, askedBy('binh.tran@example.vn'))).toMatchObject({
      cache: 'hit-exact',
      said: theirs,
    });
    expect(await askStreamed(openai, askedBy('binh.tran@example.vn'))).toMatchObject({ said: theirs });
    expect(providerCalls()).toHaveLength(asked);
  });

  test('reaches the provider in the very same form with the cache on as off', async () => {
    const key = await keyOf();
    const question = newQuestion();
    for (const mode of ['off', 'exact', 'semantic', 'refresh']) await ask(clientOf(key, mode), question);
    const [off, ...on] = providerCalls().map(({ body }) => JSON.stringify(body));
    expect(on.length).toBeGreaterThan(0);
    expect(new Set(on)).toEqual(new Set([off]));
  });
});

describe('an answer that is not whole and good is never served again', () => {
  const faults: [string, Fault][] = [
    ['an error', { kind: 'status', status: 400 }],
    ['a refusal', { kind: 'content_policy', form: 'refusal' }],
    ['nothing', { kind: 'empty_answer', form: 'no_choices' }],
    ['an error in a 200', { kind: 'error_in_200' }],
    ['a stream that is cut', { kind: 'cut', afterChunks: 4 }],
  ];

  test.each(faults)('%s', async (_what, fault) => {
    const openai = clientOf(await keyOf());
    const question = newQuestion();
    provider.script({ fault });
    await askStreamed(openai, question).catch(() => undefined);
    await ask(openai, question).catch(() => undefined);
    provider.reset();
    const well = await ask(openai, question);
    expect(well.cache).toBe('miss');
    expect(providerCalls()).toHaveLength(1);
  });

  test('calls of tools', async () => {
    const openai = clientOf(await keyOf());
    const tools = [{ type: 'function', function: { name: 'look_up', parameters: { type: 'object' } } }];
    const question = newQuestion();
    for (let i = 0; i < 2; i++) {
      const { cache } = await ask(openai, question, { tools, tool_choice: 'required' });
      expect(cache).not.toMatch(/^hit/);
    }
    expect(providerCalls()).toHaveLength(2);
  });
});

test('a hit costs nothing, and the ledger has a row of it', async () => {
  const key = await keyWithLimits(admin, [{ unit: 'usd', limit: '1', window: 'total' }]);
  const openai = clientOf(key.key);
  const question = newQuestion();
  await ask(openai, question);
  await untilHit(openai, question);
  await eventually(async () => {
    const rows = await ledgerOf(gateway.databaseUrl, key);
    const hits = rows.filter(({ entry }) => entry === 'cache_hit');
    const [attempt] = rows.filter(({ entry }) => entry === 'attempt');
    expect(hits.length).toBeGreaterThan(0);
    expect(hits.every(({ nano_usd }) => nano_usd === 0)).toBe(true);
    expect(attempt?.nano_usd).toBeGreaterThan(0);
  }, 10_000);
  const spent = (await ledgerOf(gateway.databaseUrl, key)).reduce((sum, { nano_usd }) => sum + nano_usd, 0);
  expect(await spendingOf(admin, key)).toEqual({ usedNanoUsd: spent, heldNanoUsd: 0 });
});

test('requests go on when the cache is killed, and say that it was passed over', async () => {
  const openai = clientOf(await keyOf());
  const question = newQuestion();
  await ask(openai, question);
  await untilHit(openai, question);
  await gateway.cache?.kill();
  for (let i = 0; i < 5; i++) {
    const { cache, said } = await ask(openai, question);
    expect([cache, typeof said]).toEqual(['bypass', 'string']);
  }
});
