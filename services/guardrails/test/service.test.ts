import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Envelope } from '@weir/contracts/envelope';
import { streamCredits } from '@weir/contracts/frames';
import { completeScreened } from '@weir/contracts/guardrails/screening';
import { completeChat } from '@weir/contracts/router';
import type { Bus, StreamHandler } from '@weir/service-kit/bus/bus';
import { systemClock } from '@weir/service-kit/clock';
import { parseConfig } from '@weir/service-kit/config';
import { createLogger } from '@weir/service-kit/logger';
import { createMetrics } from '@weir/service-kit/metrics';
import { collect } from '@weir/testkit/collect';
import { testEnvelope } from '@weir/testkit/envelope';
import { eventually } from '@weir/testkit/eventually';
import { testMasterKey } from '@weir/testkit/gateway';
import { type NatsTestServer, startNats } from '@weir/testkit/servers/nats';
import {
  connectTestBus,
  createTestProblems,
  createTestShortages,
  testReadiness,
} from '@weir/testkit/test-bus';
import { usageRecord } from '@weir/testkit/usage-record';
import { KnownSecrets } from '@weir/service-kit/secrets/known-secrets';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { guardrails } from '../src/service.ts';

let nats: NatsTestServer;
let [requester, routerBus, bus]: Bus[] = [];
let stop: (() => Promise<void>) | undefined;

beforeAll(async () => {
  nats = await startNats({ config: 'open' });
});
afterAll(() => nats.close());

beforeEach(async () => {
  const connect = (service: string) => connectTestBus({ url: nats.url, service, drainTimeoutMs: 200 });
  [requester, routerBus, bus] = await Promise.all(['ingress', 'router', 'guardrails'].map(connect));
  const [config] = parseConfig([guardrails.config], { WEIR_MASTER_KEYS: testMasterKey });
  const running = await guardrails.start({
    ...{ config, instance: 'test', bus: ours(bus), clock: systemClock, metrics: createMetrics('guardrails') },
    logger: createLogger({ service: 'guardrails', instance: 'test', level: 'silent' }),
    secrets: new KnownSecrets(),
    problems: createTestProblems(),
    shortages: createTestShortages(),
    readiness: testReadiness,
  });
  stop = async () => {
    await running.stop?.();
    await Promise.all([ours(requester).drain(), ours(routerBus).drain()]);
    await ours(bus).drain();
    await running.close?.();
  };
});
afterEach(() => stop?.());

const head = { provider: 'openai', model: 'm', warnings: [] };
const trailer = { usage: usageRecord(), upstreamMs: 1 };
const chunkOf = (content: string) =>
  JSON.stringify({
    ...{ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm' },
    choices: [{ index: 0, delta: { content }, finish_reason: null }],
  });

function saidIn(chunks: readonly string[]): string {
  type Chunk = { choices: [{ delta: { content: string } }] };
  return chunks.map((chunk) => (JSON.parse(chunk) as Chunk).choices[0].delta.content).join('');
}

/** Asks once both services are known to listen. */
async function ask(content: string, policy: string, router: StreamHandler<typeof completeChat>) {
  ours(routerBus).serveStream(completeChat, router);
  await eventually(async () => {
    for (const service of ['router', 'guardrails'])
      expect(await ours(requester).isServed(service, 100)).toBe(true);
  });
  const envelope: Envelope = { ...testEnvelope(), guardrails: { input: [policy], output: [policy] } };
  const body = Buffer.from(JSON.stringify({ model: 'm', messages: [{ role: 'user', content }] }));
  const sink = collect<typeof completeScreened>();
  const call = ours(requester).requestStream(completeScreened, body, envelope, sink);
  return { sink, call };
}

test('a request and its answer pass the built-in policy that the envelope names', async () => {
  let received = '';
  const { sink } = await ask('I am an@example.vn', 'balanced', async ({ body }, reply) => {
    received = Buffer.from(body).toString();
    reply.head(head);
    for (const part of ['Our number is 09', '1234', '5678.']) await reply.chunk(chunkOf(part));
    reply.end(trailer);
  });
  const { heads, chunks, trailer: end, fault } = await sink.ended;
  expect(fault).toBeUndefined();
  expect(received).toBe('{"model":"m","messages":[{"role":"user","content":"I am [EMAIL]"}]}');
  expect(heads[0]?.guardrails?.entries).toMatchObject([{ direction: 'input', rule: 'email', count: 1 }]);
  expect(saidIn(chunks)).toBe('Our number is [PHONE].');
  expect(end?.guardrails?.entries).toHaveLength(2);
});

test('a policy that is not there lets nothing pass', async () => {
  let isAsked = false;
  const { sink } = await ask('Hi', 'nowhere', async () => {
    isAsked = true;
  });
  expect((await sink.ended).fault).toMatchObject({ code: 'guardrails_unavailable' });
  expect(isAsked).toBe(false);
});

test('a requester that is behind holds the router up, and loses nothing', async () => {
  let sent = 0;
  const parts = 400;
  const { sink, call } = await ask('Hi', 'balanced', async (_request, reply) => {
    reply.head(head);
    for (; sent < parts; sent++) {
      await reply.chunk(chunkOf(`part ${sent}. `));
      await nextTurn();
    }
    reply.end(trailer);
  });
  call.pause();
  let before = -1;
  await eventually(async () => {
    const isStill = before === sent && sent > 0;
    before = sent;
    expect(isStill).toBe(true);
  });
  // What each of the two may send ahead, and what waits to be screened.
  expect(sent).toBeLessThanOrEqual(3 * streamCredits.initial);
  call.resume();
  const { chunks, fault } = await sink.ended;
  expect(fault).toBeUndefined();
  expect(saidIn(chunks)).toBe(Array.from({ length: parts }, (_, i) => `part ${i}. `).join(''));
});

test('a requester that leaves ends the work of the router', async () => {
  const [begun, left] = [Promise.withResolvers<undefined>(), Promise.withResolvers<unknown>()];
  const { call } = await ask('Hi', 'balanced', async ({ signal }, reply) => {
    begun.resolve(undefined);
    reply.head(head);
    await reply.chunk(chunkOf('Hello there. '));
    signal.addEventListener('abort', () => {
      left.resolve(signal.reason);
    });
    await left.promise;
    throw signal.reason;
  });
  await begun.promise;
  call.cancel();
  expect(await left.promise).toMatchObject({ code: 'client_closed_request' });
});

function ours(one: Bus | undefined): Bus {
  if (!one) throw new Error('The bus is not connected yet.');
  return one;
}
