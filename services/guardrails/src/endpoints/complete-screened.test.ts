import { CacheClient } from '@weir/cache-client/cache-client';
import type { CacheOrder } from '@weir/contracts/cache/order';
import type { ChatRequest } from '@weir/contracts/chat/request';
import type { Envelope } from '@weir/contracts/envelope';
import type { completeScreened } from '@weir/contracts/guardrails/screening';
import type { CompletionHead, CompletionTrailer, completeChat } from '@weir/contracts/router';
import type { Bus, StreamReply, StreamSink } from '@weir/service-kit/bus/bus';
import { MasterKeys } from '@weir/service-kit/crypto/master-keys';
import { Fault } from '@weir/service-kit/fault';
import { createMetrics } from '@weir/service-kit/metrics';
import { testEnvelope } from '@weir/testkit/envelope';
import { FakeCache } from '@weir/testkit/fake-cache';
import { FakeClock } from '@weir/testkit/fake-clock';
import { usageRecord } from '@weir/testkit/usage-record';
import { describe, expect, test } from 'vitest';
import { numberCheck, screeningBy, wordCheck } from '../../test/screening-world.ts';
import type { CompiledScreening } from '../domain/compiled-policy.ts';
import { createGuardrailMetrics } from '../screening/guardrail-metrics.ts';
import { createCompleteScreened } from './complete-screened.ts';

const head: CompletionHead = { provider: 'openai', model: 'm', warnings: [] };
const trailer: CompletionTrailer = { usage: usageRecord({ outputTokens: 3 }), upstreamMs: 5 };
const nothing = screeningBy([]);

interface Asked {
  readonly cache?: FakeCache;
  readonly input?: CompiledScreening;
  readonly output?: CompiledScreening;
  readonly chat?: Partial<ChatRequest>;
  /** In the place of the chat's JSON. */
  readonly json?: string;
  readonly envelope?: Partial<Envelope>;
  /** What the router does with the request. */
  readonly router: (sink: StreamSink<typeof completeChat>, call: RouterCall) => void;
}

interface RouterCall {
  body: string;
  envelope: Envelope;
  cancelled: boolean;
  paused: boolean;
}

class Reply implements StreamReply<typeof completeScreened> {
  heads: CompletionHead[] = [];
  chunks: string[] = [];
  trailer: CompletionTrailer | undefined;
  body = '';
  /** Returned by the next chunks, as where the requester is behind. */
  behind: Promise<undefined> | undefined;

  head(known: CompletionHead) {
    this.heads.push(known);
  }
  chunk(chunk: Uint8Array | string) {
    this.chunks.push(chunk.toString());
    return this.behind;
  }
  end(last: CompletionTrailer, body: Uint8Array | string = '') {
    this.trailer = last;
    this.body = body.toString();
  }
  get said() {
    return this.chunks
      .map(
        (chunk) =>
          (JSON.parse(chunk) as { choices: { delta: { content?: string } }[] }).choices[0]?.delta.content ??
          '',
      )
      .join('');
  }
}

function ask({
  cache = new FakeCache(),
  input = nothing,
  output = nothing,
  chat,
  json,
  envelope,
  router,
}: Asked) {
  const reply = new Reply();
  const leaving = new AbortController();
  const calls: RouterCall[] = [];
  const requestStream: Bus['requestStream'] = (_contract, body, sent, sink) => {
    const call: RouterCall = { body: body.toString(), envelope: sent, cancelled: false, paused: false };
    calls.push(call);
    setImmediate(() => {
      router(sink as unknown as StreamSink<typeof completeChat>, call);
    });
    return {
      isAccepted: true,
      cancel: () => (call.cancelled = true),
      pause: () => (call.paused = true),
      resume: () => (call.paused = false),
    };
  };
  const registry = createMetrics('guardrails');
  const handler = createCompleteScreened({
    bus: { requestStream },
    cache: new CacheClient({ bus: { request: cache.request }, clock: new FakeClock(), metrics: registry }),
    policies: { resolve: (_names, side) => (side === 'input' ? input : output) },
    masterKeys: new MasterKeys([Buffer.alloc(32, 1)]),
    metrics: createGuardrailMetrics(registry),
    clock: new FakeClock(),
  });
  const data: ChatRequest = { model: 'm', messages: [{ role: 'user', content: 'Hi' }], ...chat };
  const done = handler(
    {
      data,
      body: Buffer.from(json ?? JSON.stringify(data)),
      envelope: { ...testEnvelope(), guardrails: { input: ['p'], output: ['p'] }, ...envelope },
      signal: leaving.signal,
    },
    reply,
  ).then(
    () => undefined,
    (thrown: unknown) => thrown as Fault,
  );
  return { reply, done, calls, leaving, registry };
}

const user = (content: string): Partial<ChatRequest> => ({ messages: [{ role: 'user', content }] });
const chunkOf = (content: string, fields: object = {}) =>
  Buffer.from(
    JSON.stringify({
      id: 'c',
      object: 'chat.completion.chunk',
      created: 1,
      model: 'm',
      choices: [{ index: 0, delta: { content }, finish_reason: null, ...fields }],
    }),
  );
const finish = Buffer.from(
  JSON.stringify({ id: 'c', choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }),
);
const completion = (content: string, fields: object = {}) =>
  JSON.stringify({
    id: 'c',
    object: 'chat.completion',
    created: 1,
    model: 'm',
    choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop', ...fields }],
  });

const answering = (content: string, fields?: object) => (sink: StreamSink<typeof completeChat>) => {
  sink.onHead(head);
  sink.onEnd(trailer, Buffer.from(completion(content, fields)));
};
const streaming =
  (...contents: string[]) =>
  (sink: StreamSink<typeof completeChat>) => {
    sink.onHead(head);
    for (const content of contents) sink.onChunk(chunkOf(content));
    sink.onChunk(finish);
    sink.onEnd(trailer, Buffer.alloc(0));
  };

describe('a request', () => {
  test('that nothing is found in goes to the router to the byte, and so does its answer', async () => {
    const json =
      '{ "model":"m", "big": 12345678901234567890, "messages":[{"role":"user","content":"H\\u0069"}] }';
    const { calls, reply, done } = ask({
      json,
      input: screeningBy([numberCheck('redact')]),
      router: answering('Hello'),
    });
    expect(await done).toBeUndefined();
    expect(calls[0]?.body).toBe(json);
    expect(reply.body).toBe(completion('Hello'));
    expect(reply.heads).toEqual([{ ...head, guardrails: { policies: ['p'], entries: [] } }]);
  });

  test('is changed where something is found, in its body and in its metadata, and nowhere else', async () => {
    const json =
      '{"model":"m","n":12345678901234567890,"messages":[{"role":"user","content":"call 0912345678"}],"user":"u 0912345678","x":{"k 0912345678":"id 012345678901"}}';
    const metadata = { customer: '0912345678', team: 'a' };
    const { calls, done } = ask({
      json,
      envelope: { metadata },
      input: screeningBy([numberCheck('redact')]),
      router: answering(''),
    });
    await done;
    expect(calls[0]?.body).toMatch(
      /^\{"model":"m","n":12345678901234567890,"messages":\[\{"role":"user","content":"call \[PHONE\]"\}\],"user":"u phone_[0-9a-f]{16}","x":\{"k phone_[0-9a-f]{16}":"id \[CCCD\]"\}\}$/,
    );
    expect(calls[0]?.envelope.metadata).toEqual({ customer: '[PHONE]', team: 'a' });
  });

  test('that is denied never reaches the router', async () => {
    const { calls, done, registry } = ask({
      chat: user('0912345678'),
      input: screeningBy([numberCheck('deny')]),
      router: answering(''),
    });
    expect(await done).toMatchObject({
      code: 'content_policy_violation',
      details: { param: 'messages[0].content' },
    });
    expect(calls).toEqual([]);
    expect(await registry.expose()).toMatch(
      /weir_guardrail_screened_total\{direction="input",outcome="denied".*\} 1/,
    );
  });

  test('is known to a check by how many messages, tools and choices it has', async () => {
    let counts: unknown;
    const seeing = wordCheck('', { check: (_texts, context) => ((counts = context.counts), []) });
    await ask({ chat: { ...user('x'), n: 3 }, input: screeningBy([seeing]), router: answering('') }).done;
    expect(counts).toEqual({ messages: 1, choices: 3 });
  });
});

test('masked values go to the provider as placeholders, and are back in its answer, whole and streamed', async () => {
  const asked = {
    chat: user('call 0912345678, not 0998877665, call 0912345678'),
    input: screeningBy([numberCheck('mask')]),
  };
  const whole = ask({ ...asked, router: answering('I call [PHONE_1], not [PHONE_2].') });
  await whole.done;
  expect(whole.calls[0]?.body).toContain('call [PHONE_1], not [PHONE_2], call [PHONE_1]');
  expect(whole.reply.body).toBe(completion('I call 0912345678, not 0998877665.'));
  const streamed = ask({ ...asked, router: streaming('I call [PH', 'ONE_1', '], not [PHONE', '_2].') });
  await streamed.done;
  expect(streamed.reply.said).toBe('I call 0912345678, not 0998877665.');
});

test('a mask on an answer is for good, for there is nobody to put the value back', async () => {
  const output = screeningBy([numberCheck('mask')]);
  const whole = ask({ output, router: answering('call 0912345678') });
  await whole.done;
  expect(whole.reply.body).toBe(completion('call [PHONE]'));
  const streamed = ask({ output, router: streaming('call 0912', '345678.') });
  await streamed.done;
  expect(streamed.reply.said).toBe('call [PHONE].');
});

test('a requester that has gone by the time its request is screened is not asked for', async () => {
  const screened = Promise.withResolvers<readonly []>();
  const slow = wordCheck('', { isSlow: true, check: () => screened.promise });
  const { done, calls, leaving } = ask({ input: screeningBy([slow]), router: answering('Hi') });
  leaving.abort(new Fault('client_closed_request'));
  screened.resolve([]);
  expect(await done).toMatchObject({ code: 'client_closed_request' });
  expect(calls).toEqual([]);
});

describe('an answer', () => {
  test('is changed where something is found, and its log probabilities are dropped with it', async () => {
    const logprobs = { content: [{ token: '0912345678', logprob: 0 }] };
    const { reply, done } = ask({
      output: screeningBy([numberCheck('redact')]),
      router: answering('call 0912345678', { logprobs }),
    });
    await done;
    expect(reply.body).toBe(completion('call [PHONE]', { logprobs: null }));
    expect(reply.trailer?.guardrails?.entries).toEqual([
      { direction: 'output', check: 'numbers', action: 'redact', rule: 'phone', count: 1 },
    ]);
  });

  test('that is denied is a fault, whole and before anything of it was sent', async () => {
    const output = screeningBy([numberCheck('deny')]);
    const whole = ask({ output, router: answering('0912345678') });
    expect(await whole.done).toMatchObject({ code: 'content_policy_violation' });
    const streamed = ask({ output, router: streaming('0912', '345678 ', 'more') });
    expect(await streamed.done).toMatchObject({ code: 'content_policy_violation' });
    expect(streamed.reply.chunks).toEqual([]);
    expect(streamed.calls[0]?.cancelled).toBe(true);
  });

  test('that is denied in the middle ends with content_filter, its usage and a true end, and the provider is stopped', async () => {
    const { reply, done, calls } = ask({
      chat: { ...user('Hi'), stream: true, stream_options: { include_usage: true } },
      output: screeningBy([numberCheck('deny')]),
      router: streaming('My number ', 'is 0912', '345678 ', 'and more'),
    });
    expect(await done).toBeUndefined();
    expect(reply.said).toBe('My number is ');
    const last = reply.chunks.slice(-2).map((chunk) => JSON.parse(chunk) as unknown);
    expect(last).toMatchObject([
      { choices: [{ index: 0, delta: {}, finish_reason: 'content_filter' }] },
      { choices: [], usage: { completion_tokens: expect.any(Number) as number } },
    ]);
    expect(reply.trailer).toMatchObject({
      usage: { source: 'estimated' },
      guardrails: { entries: [{ action: 'deny' }] },
    });
    expect(calls[0]?.cancelled).toBe(true);
  });

  test('that is only reported on passes as it comes, chunk by chunk, and is in the summary', async () => {
    const { reply, done } = ask({
      output: screeningBy([numberCheck('report')]),
      router: streaming('is 0912', '345678'),
    });
    await done;
    expect(reply.chunks).toEqual([chunkOf('is 0912'), chunkOf('345678'), finish].map(String));
    expect(reply.trailer?.guardrails?.entries).toEqual([
      { direction: 'output', check: 'numbers', action: 'report', rule: 'phone', count: 1 },
    ]);
  });

  test.each([
    ['the policy', screeningBy([numberCheck('redact')], { mode: 'buffered' })],
    ['a check', screeningBy([numberCheck('redact'), wordCheck('bomb', { unit: 'answer' })])],
  ])('is held until all of it has come where %s needs it so', async (_who, output) => {
    const held = ask({
      output,
      router: (sink) => {
        sink.onHead(head);
        sink.onChunk(chunkOf('See 0912'));
      },
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(held.reply.chunks).toEqual([]);
    held.leaving.abort();
    await held.done;
    const { reply, done } = ask({ output, router: streaming('See 0912', '345678', ' now') });
    await done;
    expect(reply.said).toBe('See [PHONE] now');
    expect(reply.trailer?.usage).toEqual(trailer.usage);
  });

  test('whose provider fails passes the failure on, with what was found, and drops what was held', async () => {
    const { reply, done } = ask({
      input: screeningBy([numberCheck('redact')]),
      chat: user('0912345678'),
      output: screeningBy([numberCheck('redact')]),
      router: (sink) => {
        sink.onHead(head);
        sink.onChunk(chunkOf('see 0912'));
        sink.onFault(new Fault('upstream_stream_cut', { provider: 'openai' }));
      },
    });
    expect(await done).toMatchObject({
      code: 'upstream_stream_cut',
      details: { provider: 'openai', guardrails: { entries: [{ rule: 'phone', count: 1 }] } },
    });
    expect(reply.said).toBe('see ');
  });

  test('waits for its requester, and the provider for it', async () => {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const asked = ask({
      output: screeningBy([numberCheck('redact')]),
      router: (sink) => {
        sink.onHead(head);
        for (let i = 0; i < 20; i++) sink.onChunk(chunkOf(`part ${i}, `));
        sink.onChunk(finish);
        sink.onEnd(trailer, Buffer.alloc(0));
      },
    });
    asked.reply.behind = promise;
    await new Promise((next) => setImmediate(() => setImmediate(next)));
    expect(asked.reply.chunks).toHaveLength(1);
    expect(asked.calls[0]?.paused).toBe(true);
    asked.reply.behind = undefined;
    resolve(undefined);
    await asked.done;
    expect(asked.reply.said).toBe(Array.from({ length: 20 }, (_, i) => `part ${i}, `).join(''));
    expect(asked.calls[0]?.paused).toBe(false);
  });

  test('that its requester wants no more stops its provider', async () => {
    const { done, calls, leaving } = ask({
      router: (sink) => {
        sink.onHead(head);
      },
    });
    await new Promise((resolve) => setImmediate(resolve));
    leaving.abort(new Fault('client_closed_request'));
    expect(await done).toMatchObject({ code: 'client_closed_request' });
    expect(calls[0]?.cancelled).toBe(true);
  });
});

describe('with the cache on', () => {
  const order: CacheOrder = {
    ...{ mode: 'exact', isRead: true, ttlSeconds: 60, sharedBy: 'organisation', singleFlightMs: 0 },
    ...{ accuracyTarget: 0.97, maxTemperature: 1, shadowCheckRate: 0 },
  };
  const envelope = { cache: order };
  const masking = { envelope, input: screeningBy([numberCheck('mask')]) };
  const redacting = { ...masking, output: screeningBy([numberCheck('redact')]) };

  test('two callers share an answer in which each finds their own values, and no value is in what is kept', async () => {
    const cache = new FakeCache();
    const first = ask({
      ...redacting,
      cache,
      chat: user('call 0912345678'),
      router: answering('I call [PHONE_1], not 0887654321.'),
    });
    await first.done;
    expect(first.reply.body).toBe(completion('I call 0912345678, not [PHONE].'));
    expect(first.reply.heads[0]?.cache?.status).toBe('miss');
    expect(first.calls[0]?.envelope.cache).toBeUndefined();
    const second = ask({ ...redacting, cache, chat: user('call 0998877665'), router: () => undefined });
    await second.done;
    expect(second.calls).toEqual([]);
    expect(second.reply.body).toBe(completion('I call 0998877665, not [PHONE].'));
    expect(second.reply.heads[0]?.cache?.status).toBe('hit-exact');
    expect(second.reply.trailer?.guardrails?.entries).toEqual([
      { direction: 'input', check: 'numbers', action: 'mask', rule: 'phone', count: 1 },
    ]);
    expect(JSON.stringify([cache.lookups, cache.stored])).not.toMatch(/0912345678|0998877665|0887654321/);
  });

  test('streams are kept as they were screened, and replayed to another caller with its values', async () => {
    const cache = new FakeCache();
    const asked = { ...redacting, cache };
    const router = streaming('I call [PH', 'ONE_1', '], not 0887', '654321.');
    const first = ask({ ...asked, chat: { ...user('call 0912345678'), stream: true }, router });
    await first.done;
    expect(first.reply.said).toBe('I call 0912345678, not [PHONE].');
    const second = ask({
      ...asked,
      chat: { ...user('call 0998877665'), stream: true },
      router: () => undefined,
    });
    await second.done;
    expect(second.reply.said).toBe('I call 0998877665, not [PHONE].');
    expect(second.reply.trailer?.costNanoUsd).toBe(0);
    expect(JSON.stringify([cache.lookups, cache.stored])).not.toMatch(
      /0912345678|0998877665|0887654321|654321/,
    );
  });

  test('a request that is denied is not looked up, and an answer that is denied is not kept, whole or streamed', async () => {
    const cache = new FakeCache();
    const denying = screeningBy([numberCheck('deny')]);
    await ask({ envelope, cache, chat: user('0912345678'), input: denying, router: answering('') }).done;
    expect(cache.lookups).toEqual([]);
    const whole = ask({ envelope, cache, output: denying, router: answering('0912345678') });
    expect(await whole.done).toMatchObject({ code: 'content_policy_violation' });
    const early = ask({ envelope, cache, output: denying, router: streaming('0912345678 ') });
    expect(await early.done).toMatchObject({ code: 'content_policy_violation' });
    const router = streaming('My number ', 'is 0912', '345678 ', 'and more');
    const late = ask({ envelope, cache, output: denying, chat: { stream: true }, router });
    expect(await late.done).toBeUndefined();
    expect(late.reply.said).toBe('My number is ');
    const kept = cache.stored.filter(({ completion: whole_, chunks }) => whole_ ?? chunks);
    // Its finish reason says that it is not whole: the cache keeps no such answer.
    expect(JSON.stringify(kept)).toContain('content_filter');
    expect(JSON.stringify(kept)).not.toContain('345678');
  });

  test('a check that fails and is passed over has nothing kept', async () => {
    const cache = new FakeCache();
    const failing = wordCheck('', {
      onError: 'allow',
      check: () => {
        throw new Error('It fails.');
      },
    });
    const { reply, done } = ask({ envelope, cache, output: screeningBy([failing]), router: answering('Hi') });
    await done;
    expect(reply.trailer?.guardrails?.failed).toEqual(['words']);
    expect(cache.stored).toEqual([{ ticket: expect.anything() as unknown }]);
  });

  test('what passed other policies, or these as they were before, is not found', async () => {
    const cache = new FakeCache();
    const revised = (revision: string): CompiledScreening => ({
      ...nothing,
      policies: [{ name: 'q', revision, denial: 'portkey', checks: [wordCheck('bomb')] }],
    });
    const asked = { envelope, cache, router: answering('Hi') };
    await ask({ ...asked, output: revised('1') }).done;
    for (const other of [{ output: revised('2') }, { input: revised('1') }, {}]) {
      const { calls, done } = ask({ ...asked, ...other });
      await done;
      expect(calls).toHaveLength(1);
    }
    const same = ask({ ...asked, output: revised('1') });
    await same.done;
    expect(same.calls).toEqual([]);
  });

  test('a requester that leaves stops the provider, and one that is slow slows it', async () => {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const asked = ask({
      ...redacting,
      router: (sink) => {
        sink.onHead(head);
        for (let i = 0; i < 40; i++) sink.onChunk(chunkOf(`part ${i}, `));
      },
    });
    asked.reply.behind = promise;
    for (let i = 0; i < 8; i++) await new Promise((next) => setImmediate(next));
    expect(asked.calls[0]?.paused).toBe(true);
    asked.leaving.abort(new Fault('client_closed_request'));
    resolve(undefined);
    expect(await asked.done).toMatchObject({ code: 'client_closed_request' });
    expect(asked.calls[0]?.cancelled).toBe(true);
  });
});
