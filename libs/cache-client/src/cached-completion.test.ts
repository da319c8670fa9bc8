import type { LookUpReply } from '@weir/contracts/cache/lookup';
import type { CacheOrder } from '@weir/contracts/cache/order';
import { defaultCacheRule } from '@weir/contracts/cache/rules';
import type { Envelope } from '@weir/contracts/envelope';
import type { CompletionHead, CompletionTrailer } from '@weir/contracts/router';
import { Fault } from '@weir/service-kit/fault';
import { createMetrics } from '@weir/service-kit/metrics';
import { testEnvelope } from '@weir/testkit/envelope';
import { cachedAnswer, FakeCache, ticketFor } from '@weir/testkit/fake-cache';
import { FakeClock } from '@weir/testkit/fake-clock';
import { usageRecord } from '@weir/testkit/usage-record';
import { describe, expect, test } from 'vitest';
import { CacheClient } from './cache-client.ts';
import type { CompletionSink } from './completion-request.ts';

const head: CompletionHead = { provider: 'openai', model: 'm', warnings: [], attempts: 1 };
const trailer: CompletionTrailer = { usage: usageRecord({ outputTokens: 3 }), upstreamMs: 5, costNanoUsd: 7 };
const order: CacheOrder = {
  ...{ mode: 'exact', isRead: true, ttlSeconds: 60, sharedBy: 'organisation', singleFlightMs: 5_000 },
  accuracyTarget: defaultCacheRule.accuracy_target,
  ...{ maxTemperature: 1, shadowCheckRate: 0 },
};
const body = '{"model":"m","messages":[{"role":"user","content":"Hi"}]}';

/** A requester's side of a completion. */
class Sink implements CompletionSink {
  head: CompletionHead | undefined;
  readonly chunks: string[] = [];
  end: { trailer: CompletionTrailer; body: string } | undefined;
  fault: Fault | undefined;
  onNextChunk: () => void = () => undefined;

  onHead(known: CompletionHead) {
    this.head = known;
  }
  onChunk(chunk: Uint8Array) {
    this.chunks.push(chunk.toString());
    this.onNextChunk();
  }
  onEnd(last: CompletionTrailer, whole: Uint8Array) {
    this.end = { trailer: last, body: whole.toString() };
  }
  onFault(fault: Fault) {
    this.fault = fault;
  }
}

interface RouterCall {
  readonly envelope: Envelope;
  readonly sink: CompletionSink;
  isCancelled: boolean;
  isPaused: boolean;
}

function createWorld(cache = new FakeCache()) {
  const clock = new FakeClock();
  const metrics = createMetrics('test');
  const client = new CacheClient({ bus: { request: cache.request }, clock, metrics });
  const calls: RouterCall[] = [];
  const complete = (fields: Partial<CacheOrder> = {}, given: Partial<Envelope> = {}) => {
    const sink = new Sink();
    const fetch = (envelope: Envelope, to: CompletionSink) => {
      const call: RouterCall = { envelope, sink: to, isCancelled: false, isPaused: false };
      calls.push(call);
      return {
        isAccepted: true,
        cancel: () => (call.isCancelled = true),
        pause: () => (call.isPaused = true),
        resume: () => (call.isPaused = false),
      };
    };
    const envelope = { ...testEnvelope(), cache: { ...order, ...fields }, ...given };
    const call = client.complete({ body: Buffer.from(body), envelope, fetch }, sink);
    return { sink, call };
  };
  return { cache, calls, client, clock, complete, metrics };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));
const answerWhole = ({ sink }: RouterCall, json = '{"id":"c"}') => {
  sink.onHead(head);
  sink.onEnd(trailer, Buffer.from(json));
};

test('with the cache off the router is asked at once, with the very same envelope', () => {
  const { client, cache } = createWorld();
  const envelope = testEnvelope();
  const asked: unknown[] = [];
  const nothing = () => undefined;
  const call = { isAccepted: true, cancel: nothing, pause: nothing, resume: nothing };
  const fetch = (sent: Envelope, to: CompletionSink) => {
    asked.push(sent, to);
    return call;
  };
  const sink = new Sink();
  expect(client.complete({ body: Buffer.from(body), envelope, fetch }, sink)).toBe(call);
  expect(asked[0]).toBe(envelope);
  expect(asked[1]).toBe(sink);
  expect(cache.lookups).toEqual([]);
});

describe('what the cache does not have', () => {
  test('is asked of the router, which hears nothing of the cache, and its bytes are kept as they came', async () => {
    const { cache, calls, complete } = createWorld();
    const { sink } = complete({ mode: 'semantic' });
    await turn();
    const [call] = calls;
    expect(call?.envelope.cache).toBeUndefined();
    if (call) answerWhole(call, '{ "big": 12345678901234567890 }');
    await turn();
    expect(sink.head).toEqual({ ...head, cache: { status: 'miss' } });
    expect(sink.end).toEqual({ trailer, body: '{ "big": 12345678901234567890 }' });
    expect(cache.stored).toMatchObject([
      {
        head: { provider: 'openai', model: 'm' },
        trailer,
        completion: { big: 12345678901234567000 },
      },
    ]);
    expect(cache.lookups[0]?.body).toBe(body);
  });

  test('is kept in the form it came in, and has the next request answered without the router', async () => {
    const { cache, calls, complete } = createWorld();
    complete();
    await turn();
    calls[0]?.sink.onHead(head);
    for (const chunk of ['{"a":1}', '{"b":2}']) calls[0]?.sink.onChunk(Buffer.from(chunk));
    calls[0]?.sink.onEnd(trailer, Buffer.alloc(0));
    await turn();
    expect(cache.stored).toMatchObject([{ chunks: [{ a: 1 }, { b: 2 }] }]);
    const { sink, call } = complete();
    await turn();
    expect(calls).toHaveLength(1);
    expect(call.isAccepted).toBe(true);
    expect(sink.head).toEqual({
      ...{ provider: 'openai', model: 'm', warnings: [], upstreamMs: 0 },
      cache: { status: 'hit-exact', entry: expect.any(String) as string, ageSeconds: 3 },
    });
    expect(sink.chunks).toEqual(['{"a":1}', '{"b":2}']);
    expect(sink.end?.trailer).toEqual({ usage: trailer.usage, upstreamMs: 0, costNanoUsd: 0 });
  });

  test('is kept with what was left out of its request, and says so again', async () => {
    const { cache, calls, complete } = createWorld();
    complete();
    await turn();
    const warnings = ['seed was left out'];
    calls[0]?.sink.onHead({ ...head, warnings });
    calls[0]?.sink.onEnd(trailer, Buffer.from('{}'));
    await turn();
    expect(cache.stored).toMatchObject([{ head: { warnings } }]);
    cache.onLookUp = () => ({ outcome: 'hit', answer: cachedAnswer({ warnings }) });
    const { sink } = complete();
    await turn();
    expect(sink.head?.warnings).toEqual(warnings);
  });

  test('is asked for afresh where the order says so, and kept', async () => {
    const { cache, calls, complete } = createWorld();
    const { sink } = complete({ isRead: false });
    await turn();
    if (calls[0]) answerWhole(calls[0]);
    await turn();
    expect(sink.head?.cache).toEqual({ status: 'miss', isRefresh: true });
    expect(cache.stored).toHaveLength(1);
  });

  test('fails where nothing but the cache is to be asked', async () => {
    const { cache, calls, complete } = createWorld();
    const { sink } = complete({ isOnlyIfCached: true });
    await turn();
    expect(sink.fault?.code).toBe('not_cached');
    expect(calls).toEqual([]);
    expect(cache.stored).toMatchObject([{ ticket: { isLeader: true } }]);
  });
});

describe('what is not to be kept', () => {
  const endings: [string, (call: RouterCall) => void][] = [
    [
      'a failure',
      ({ sink }) => {
        sink.onFault(new Fault('upstream_stream_cut'));
      },
    ],
    [
      'an answer that a check was passed over for',
      ({ sink }) => {
        sink.onHead(head);
        const guardrails = { policies: ['p'], entries: [], failed: ['webhook'] };
        sink.onEnd({ ...trailer, guardrails }, Buffer.from('{}'));
      },
    ],
    [
      'an answer of whoever stood in for others',
      ({ sink }) => {
        sink.onHead(head);
        sink.onEnd({ ...trailer, isFallback: true }, Buffer.from('{}'));
      },
    ],
    [
      'an answer by another config than its key has',
      ({ sink }) => {
        sink.onHead(head);
        sink.onEnd({ ...trailer, configRevision: '2.7' }, Buffer.from('{}'));
      },
    ],
    [
      'an answer that is too large',
      ({ sink }) => {
        sink.onHead(head);
        for (let i = 0; i < 3; i++) sink.onChunk(Buffer.alloc(400_000, 32));
        sink.onEnd(trailer, Buffer.alloc(0));
      },
    ],
  ];

  test.each(endings)('%s: whoever waits for it is told', async (_what, end) => {
    const { cache, calls, complete } = createWorld();
    complete();
    await turn();
    if (calls[0]) end(calls[0]);
    await turn();
    expect(cache.stored).toEqual([{ ticket: expect.objectContaining({ isLeader: true }) as unknown }]);
  });

  test.each(endings)('%s: nobody is told where nobody can be waiting', async (_what, end) => {
    const { cache, calls, complete } = createWorld();
    cache.onLookUp = (envelope) => ({
      outcome: 'miss',
      ticket: ticketFor(body, envelope, { isLeader: false }),
    });
    complete();
    await turn();
    if (calls[0]) end(calls[0]);
    await turn();
    expect(cache.stored).toEqual([]);
  });
});

describe('a requester that leaves', () => {
  test('while the cache is asked has nobody asked for an answer', async () => {
    const { cache, calls, complete } = createWorld();
    const { call, sink } = complete();
    call.cancel();
    await turn();
    expect(calls).toEqual([]);
    expect(sink.fault).toBeUndefined();
    // What it was given is given back.
    expect(cache.stored).toHaveLength(1);
  });

  test('afterwards stops the router, and those who wait are told', async () => {
    const { cache, calls, complete } = createWorld();
    const { call } = complete();
    await turn();
    call.cancel();
    call.cancel();
    await turn();
    expect(calls[0]?.isCancelled).toBe(true);
    expect(cache.stored).toHaveLength(1);
  });
});

describe('a requester that is slow', () => {
  test('slows the router, also where it is slow before that is asked', async () => {
    const { calls, complete } = createWorld();
    const { call } = complete();
    call.pause();
    await turn();
    expect(calls[0]?.isPaused).toBe(true);
    call.resume();
    expect(calls[0]?.isPaused).toBe(false);
  });

  test('gets what was kept chunk by chunk, each once and in order', async () => {
    const { cache, complete } = createWorld();
    const chunks = ['1', '2', '3', '4'];
    cache.onLookUp = () => ({ outcome: 'hit', answer: cachedAnswer({ chunks }) });
    const { call, sink } = complete();
    sink.onNextChunk = () => {
      call.pause();
      if (sink.chunks.length === 2) call.resume();
    };
    await turn();
    expect([sink.chunks, sink.end]).toEqual([['1'], undefined]);
    call.resume();
    expect([sink.chunks, sink.end]).toEqual([['1', '2', '3'], undefined]);
    call.resume();
    expect(sink.end).toBeUndefined();
    call.resume();
    expect(sink.chunks).toEqual(chunks);
    expect(sink.end).toBeDefined();
  });
});

describe('a request that is under way already', () => {
  const pendingFor = (envelope: Envelope): LookUpReply => ({
    outcome: 'pending',
    ticket: ticketFor(body, envelope, { isLeader: false }),
  });

  test('is waited for no longer than the order says', async () => {
    const { cache, calls, clock, complete } = createWorld();
    cache.onLookUp = pendingFor;
    let dueAtMs = 0;
    cache.onAwait = (envelope) => {
      dueAtMs = envelope.deadlineAtMs;
      return { outcome: 'hit', answer: cachedAnswer({ completion: '{}' }) };
    };
    const { sink } = complete({ singleFlightMs: 1_000 });
    await turn();
    expect(sink.end?.body).toBe('{}');
    expect(calls).toEqual([]);
    expect(dueAtMs - clock.nowMs()).toBe(1_250);
  });

  test('leaves a request half of its time, whatever the order says', async () => {
    const { cache, calls, clock, complete } = createWorld();
    const leftMs: number[] = [];
    const late = (envelope: Envelope) => {
      leftMs.push(envelope.deadlineAtMs - clock.nowMs());
      return pendingFor(envelope);
    };
    cache.onLookUp = late;
    cache.onAwait = late;
    complete({ singleFlightMs: 5_000 }, { deadlineAtMs: clock.nowMs() + 4_000 });
    await turn();
    expect(leftMs).toEqual([2_000, 2_000]);
    expect(calls.map(({ envelope }) => envelope.deadlineAtMs - clock.nowMs())).toEqual([4_000]);
  });

  test.each([
    ['fails', () => Promise.reject(new Fault('service_lost'))],
    ['is still not over', pendingFor],
  ])('is fetched by everybody where waiting for it %s', async (_what, onAwait) => {
    const { cache, calls, complete } = createWorld();
    cache.onLookUp = pendingFor;
    cache.onAwait = onAwait;
    const { sink } = complete();
    await turn();
    if (calls[0]) answerWhole(calls[0]);
    await turn();
    expect(sink.head?.cache?.status).toBe('miss');
    expect(cache.stored).toMatchObject([{ completion: { id: 'c' } }]);
  });
});

test('a stale answer is served, and a new one fetched behind it and kept, by so many at once and no more', async () => {
  const { cache, calls, complete } = createWorld();
  cache.onLookUp = (envelope) => ({
    outcome: 'hit',
    answer: cachedAnswer({ completion: '{"old":1}' }),
    revalidate: ticketFor(body, envelope),
  });
  const sinks = Array.from({ length: 20 }, () => complete().sink);
  await turn();
  expect(sinks.map(({ end }) => end?.body)).toEqual(Array.from({ length: 20 }, () => '{"old":1}'));
  expect(calls).toHaveLength(16);
  // The others' tickets are given back.
  expect(cache.stored).toHaveLength(4);
  if (calls[0]) answerWhole(calls[0], '{"new":1}');
  calls[1]?.sink.onFault(new Fault('upstream_error'));
  await turn();
  expect(cache.stored.slice(4)).toMatchObject([{ completion: { new: 1 } }, { ticket: {} }]);
  complete();
  await turn();
  expect(calls).toHaveLength(17);
});

test('a stale answer is not renewed for who wants no provider to be asked', async () => {
  const { cache, calls, complete } = createWorld();
  cache.onLookUp = (envelope) => ({
    outcome: 'hit',
    answer: cachedAnswer({ completion: '{"old":1}' }),
    revalidate: ticketFor(body, envelope),
  });
  const { sink } = complete({ isOnlyIfCached: true });
  await turn();
  expect(sink.end?.body).toBe('{"old":1}');
  expect(calls).toEqual([]);
  expect(cache.stored).toMatchObject([{ ticket: { isLeader: true } }]);
});

test('a cache that is not in time is as good as none, and is left alone for a while once it has failed three times', async () => {
  const { cache, calls, clock, complete, metrics } = createWorld();
  let asked = 0;
  cache.onLookUp = () => {
    asked++;
    clock.advance(250);
    throw new Fault('service_unavailable');
  };
  for (let i = 0; i < 5; i++) {
    const { sink } = complete();
    await turn();
    const call = calls.at(-1);
    if (call) answerWhole(call);
    expect(sink.head?.cache).toEqual({ status: 'bypass' });
  }
  expect(asked).toBe(3);
  expect(cache.stored).toEqual([]);
  clock.advance(5_000);
  complete();
  complete();
  await turn();
  // One of them tries whether it is back.
  expect(asked).toBe(4);
  cache.onLookUp = undefined;
  clock.advance(5_000);
  complete();
  await turn();
  complete();
  await turn();
  expect(cache.lookups).toHaveLength(6);
  const said = await metrics.expose();
  expect(said).toMatch(/weir_cache_lookups_total\{outcome="failed".*\} 4/);
  expect(said).toMatch(/weir_cache_lookups_total\{outcome="skipped".*\} 3/);
});
