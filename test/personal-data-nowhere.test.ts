import { writePolicy } from '@weir/contracts/admin/guardrail-policies';
import { freePort } from '@weir/local-servers/port';
import { eventually } from '@weir/testkit/eventually';
import { startGateway, testKey, type Gateway } from '@weir/testkit/gateway';
import { startFakeProvider, type FakeProvider } from '@weir/testkit/providers/fake-provider';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { adminOf } from './helpers/admin.ts';
import {
  everyRedisValue,
  everyRow,
  everyStoredMessage,
  findSecrets,
  type Places,
} from './helpers/every-place.ts';
import { models, settingsFor } from './helpers/gateway-fixture.ts';
import { recordBus } from './helpers/raw-nats.ts';

/** One of each entity of tier 1. */
const planted = {
  email: 'canary.nguyen@example.vn',
  phone: '0912873645',
  cccd: '079203018274',
  mst: '0100233488-001',
  bhyt: 'DN4797912345678',
  bank_card: '4539578763621486',
  iban: 'DE89370400440532013000',
  us_ssn: '536-22-8726',
  ip_address: '203.162.4.191',
  secret: 'ghp_a8Kd03mQz71LxVb5TnYr2cWe9Hs4Jp6UfGi0',
};

let provider: FakeProvider;
let gateway: Gateway;
let bus: Awaited<ReturnType<typeof recordBus>>;
const opsPorts: number[] = [];

beforeAll(async () => {
  provider = await startFakeProvider();
  const loud = async () => {
    const port = await freePort();
    opsPorts.push(port);
    return { LOG_LEVEL: 'trace', WEIR_OPS_PORT: String(port) };
  };
  gateway = await startGateway({
    nats: 'open',
    router: { ...settingsFor(provider), ...(await loud()) },
    ingress: await loud(),
    guardrails: await loud(),
    cost: await loud(),
    keys: await loud(),
    cache: await loud(),
    redis: 'own',
  });
  const pii = (action: string) => ({ checks: [{ type: 'pii', action }] });
  const admin = adminOf(gateway.url);
  const masking = { input: pii('mask'), output: pii('redact') };
  await admin.call(writePolicy, { name: 'masking', policy: masking });
  await admin.call(writePolicy, { name: 'refusing', policy: { input: pii('deny'), output: pii('deny') } });
  bus = await recordBus(gateway.nats);
});
beforeEach(() => {
  provider.reset();
  provider.script({
    fault: { kind: 'status', status: 500 },
    matches: ({ protocol }) => protocol === 'anthropic',
  });
  bus.heard.length = 0;
});
afterAll(async () => {
  await bus.stop();
  await gateway.close();
  await provider.close();
});

test('what balanced takes out of requests is in no request to a provider, log, message, table, event, metric, error or answer', async () => {
  const answers = await askWithEach('balanced', conversation);
  await untilEntered();
  expect(answers.filter(([, text]) => text.startsWith('200'))).toHaveLength(2 * Object.keys(planted).length);
  expect(
    findSecrets([...answers, ...(await everyPlace({ but: ['weir.v1.guardrails.complete'] }))], planted),
  ).toEqual([]);
  // Where it has to be, it is found.
  expect(findSecrets(heardOn('weir.v1.guardrails.complete'), planted)).toEqual(
    expect.arrayContaining(Object.keys(planted).map((name) => `${name} in weir.v1.guardrails.complete`)),
  );
});

test('what balanced takes out of answers is nowhere but in the message that brings them to guardrails', async () => {
  const answers = await askWithEach('balanced', () => ({ model: models.openai, messages: question }), {
    isAnswered: true,
  });
  await untilEntered();
  expect(answers.filter(([, text]) => !text.startsWith('200'))).toEqual([]);
  expect(findSecrets([...answers, ...(await everyPlace({ but: ['_INBOX_guardrails'] }))], planted)).toEqual(
    [],
  );
});

test('what is masked is with the client and in messages to and from guardrails, and nowhere else', async () => {
  const answers = await askWithEach('masking', conversation);
  await untilEntered();
  const places = await everyPlace({ but: ['weir.v1.guardrails.complete', '_INBOX_ingress'] });
  expect(findSecrets(places, planted)).toEqual([]);
  expect(new Set(findSecrets(answers, planted)).size).toBe(Object.keys(planted).length);
});

test('what is denied or not understood goes no further, and is not quoted', async () => {
  const answers = await askWithEach('refusing', conversation);
  expect(answers.filter(([, text]) => !text.startsWith('400'))).toEqual([]);
  expect(findSecrets(answers, planted)).toEqual([]);
  await askWithEach('balanced', (value) => ({
    model: models.openai,
    messages: [{ role: value, content: value }],
  }));
  await askWithEach('balanced', (value) => `{"model": "${models.openai}", "messages": ${value}}`);
  expect(provider.requests).toEqual([]);
  expect(findSecrets(await everyPlace({ but: ['weir.v1.guardrails.complete'] }), planted)).toEqual([]);
});

test('what is masked is in nothing that the cache is asked, keeps or tells, nor what an answer says by itself', async () => {
  const asked = { headers: { 'x-weir-cache': 'exact' } };
  const mine = (value: string) => ({
    messages: [{ role: 'user', content: `Gửi cho ${value}, rồi báo lại.` }],
  });
  const answers: Places = [];
  for (const round of ['miss', 'hit-exact']) {
    const got = await askWithEach('masking', mine, asked);
    answers.push(...got.filter(([, text]) => text.includes(`"x-weir-cache","${round}"`)));
    await untilEntered();
  }
  expect(answers.filter(([, text]) => text.includes('hit-exact')).length).toBeGreaterThan(0);
  expect(new Set(findSecrets(answers, planted)).size).toBe(Object.keys(planted).length);
  await askWithEach('balanced', () => ({ messages: question }), { ...asked, isAnswered: true });
  const kept = await everyRedisValue(gateway.redis?.url ?? '');
  expect(kept.length).toBeGreaterThan(0);
  const places = await everyPlace({
    but: ['weir.v1.guardrails.complete', '_INBOX_ingress', '_INBOX_guardrails'],
  });
  const ofTheCache = heardOn('weir.v1.cache.', '_INBOX_guardrails').filter(
    ([subject, message]) => subject.startsWith('weir.v1.cache.') || message.includes('"outcome":'),
  );
  expect(ofTheCache.length).toBeGreaterThan(0);
  expect(findSecrets([...kept, ...places, ...ofTheCache], planted)).toEqual([]);
});

const question = [{ role: 'user', content: 'Gửi cho ai?' }];

/** A chat that has the value wherever a text may stand. */
function conversation(value: string) {
  const said = `Ghi lại giúp tôi: ${value}, rồi gửi đi.`;
  const call = { name: 'note', arguments: JSON.stringify({ value, [value]: [said] }) };
  const parameters = { type: 'object', title: value, properties: { to: { enum: [value, said] } } };
  return {
    model: models.openai,
    messages: [
      { role: 'system', content: said, name: value },
      { role: 'developer', content: [{ type: 'text', text: said }] },
      { role: 'user', content: [{ type: 'text', text: said }], name: value },
      { role: 'assistant', content: said, tool_calls: [{ id: 'call_1', type: 'function', function: call }] },
      { role: 'tool', tool_call_id: 'call_1', content: JSON.stringify({ value, said }) },
      { role: 'user', content: said },
    ],
    tools: [{ type: 'function', function: { name: 'note', description: said, parameters } }],
    stop: [`xyzzy ${value}`],
    metadata: { note: value },
    user: value,
  };
}

interface Asking {
  /** Whether the provider says the value by itself. */
  readonly isAnswered?: boolean;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Asks by each value, whole and streamed: a model that answers, one whose provider fails, and one that is not there. */
async function askWithEach(
  policy: string,
  bodyOf: (value: string) => object | string,
  { isAnswered = false, headers: more = {} }: Asking = {},
): Promise<Places> {
  const answers: Places = [];
  for (const value of Object.values(planted)) {
    const headers = {
      authorization: `Bearer ${testKey}`,
      'content-type': 'application/json',
      'x-weir-guardrails': policy,
      ...more,
      'x-weir-metadata': JSON.stringify(isAnswered ? {} : { note: value, [value]: 'note' }),
    };
    for (const stream of [false, true]) {
      for (const model of isAnswered ? [models.openai] : [models.openai, models.anthropic, 'no-such-model']) {
        if (isAnswered) provider.script({ answer: `Hãy gửi cho ${value} nhé.`, times: 1 });
        const body = bodyOf(value);
        const text = typeof body === 'string' ? body : JSON.stringify({ ...body, model, stream });
        const response = await fetch(`${gateway.baseUrl}/chat/completions`, {
          method: 'POST',
          headers,
          body: text,
        });
        const told = [response.status, JSON.stringify([...response.headers]), await response.text()];
        answers.push([`an answer under ${policy}`, told.join(' ')]);
      }
    }
  }
  return answers;
}

/** Waits until the ledger has a row of every attempt, which is kept last. */
async function untilEntered(): Promise<void> {
  const answered = provider.requests.filter(({ protocol }) => protocol === 'openai').length;
  await eventually(async () => {
    const rows = (await everyRow(gateway.databaseUrl)).filter(([table]) => table === 'cost.llm_usage_log');
    expect(rows.length).toBeGreaterThanOrEqual(answered);
  }, 10_000);
}

const heardOn = (...subjects: string[]): Places =>
  bus.heard
    .map((message): Places[number] => [message.split('\n', 1)[0] ?? '', message])
    .filter(([subject]) => subjects.some((begin) => subject.startsWith(begin)));

/** All that is kept, and told to anybody but the client, without the messages on some subjects. */
async function everyPlace({ but }: { but: readonly string[] }): Promise<Places> {
  const metrics = async (port: number): Promise<Places[number]> => [
    'metrics',
    await (await fetch(`http://127.0.0.1:${port}/metrics`)).text(),
  ];
  const excluded = new Set(heardOn(...but).map(([, message]) => message));
  return [
    ...(await everyRow(gateway.databaseUrl)),
    ...(await everyStoredMessage(gateway.nats.url)),
    ...heardOn('').filter(([, message]) => !excluded.has(message)),
    ...gateway.log().map((line): Places[number] => ['a log', line]),
    ...(await Promise.all(opsPorts.map(metrics))),
    ...provider.requests.map((sent): Places[number] => ['the provider', JSON.stringify(sent)]),
  ];
}
