import type { LimitState } from '@weir/contracts/cost/admission';
import type { FaultCode } from '@weir/contracts/faults';
import { Fault } from '@weir/service-kit/fault';
import OpenAI, { APIError, RateLimitError } from 'openai';
import { beforeEach, expect, test } from 'vitest';
import type { FakeCall } from './fake-bus.ts';
import { chat, post, startIngress, streamedChat, type Ingress } from './harness.ts';
import { testKey } from './keys.ts';

let ingress: Ingress;
let openai: OpenAI;
beforeEach(async () => {
  ingress = await startIngress();
  // With the SDK's own retries: two, where it is not told otherwise.
  openai = new OpenAI({ baseURL: `${ingress.url}/v1`, apiKey: testKey });
});

const ask: OpenAI.ChatCompletionCreateParamsNonStreaming = {
  model: 'gpt-5-mini',
  messages: [{ role: 'user', content: 'Hello' }],
};
const budget: LimitState = {
  scope: 'key/abcd1234',
  unit: 'usd',
  window: 'month',
  model: '*',
  limit: '25',
  remaining: '0.01',
  contact: 'finance@example.com',
};
const rate: LimitState = { ...budget, unit: 'requests', window: 'minute', limit: '60', remaining: '0' };

function refuseBy(code: FaultCode, limit: LimitState, retryAfterMs?: number): void {
  ingress.bus.onCall = (call) => {
    call.fault(new Fault(code, { limit, ...(retryAfterMs !== undefined && { retryAfterMs }) }));
  };
}

const failure = () => openai.chat.completions.create(ask).then(undefined, (error: unknown) => error);

test('a refusal for budget is asked exactly once, and is an error that says which budget', async () => {
  const resetAtMs = Date.now() + 3_600_000;
  refuseBy('insufficient_quota', { ...budget, resetAtMs }, 3_600_000);
  const error = (await failure()) as RateLimitError;
  expect(error).toBeInstanceOf(RateLimitError);
  expect(error).toMatchObject({ status: 429, code: 'insufficient_quota', type: 'insufficient_quota' });
  expect(error.error).toMatchObject({
    limit: {
      scope: 'key/abcd1234',
      unit: 'usd',
      window: 'month',
      limit: '25',
      remaining: '0.01',
      resets_at: new Date(resetAtMs).toISOString(),
      contact: 'finance@example.com',
    },
  });
  expect(error.headers.get('x-should-retry')).toBe('false');
  expect(error.headers.get('retry-after')).toBe('3600');
  expect(error.headers.get('x-weir-budget-remaining-usd')).toBe('0.01');
  expect(ingress.bus.calls).toHaveLength(1);
});

test('where the budget begins never anew nobody is told to wait', async () => {
  refuseBy('insufficient_quota', budget);
  const error = (await failure()) as RateLimitError;
  expect(error.headers.get('retry-after')).toBeNull();
  expect(error.error).toMatchObject({ limit: { resets_at: null } });
  expect(ingress.bus.calls).toHaveLength(1);
});

test("a rate limit's refusal says when there is room again, and the SDK asks again by its own rule", async () => {
  refuseBy('rate_limit_exceeded', { ...rate, resetAtMs: Date.now() + 50 }, 50);
  const error = (await failure()) as RateLimitError;
  expect(error).toMatchObject({ status: 429, code: 'rate_limit_exceeded', type: 'requests' });
  expect(ingress.bus.calls).toHaveLength(3);
  expect(Object.fromEntries(error.headers)).toMatchObject({
    'retry-after': '1',
    'retry-after-ms': '50',
    'x-ratelimit-limit-requests': '60',
    'x-ratelimit-remaining-requests': '0',
    'x-ratelimit-reset-requests': expect.stringMatching(/^[01]s$/) as string,
  });
});

test('one that has no room for hours is not asked again', async () => {
  refuseBy('rate_limit_exceeded', { ...rate, unit: 'tokens', window: 'day' }, 7_200_000);
  const error = (await failure()) as RateLimitError;
  expect(error).toMatchObject({ type: 'tokens' });
  expect(error.headers.get('retry-after')).toBe('7200');
  expect(ingress.bus.calls).toHaveLength(1);
});

test('a stream whose hold may not grow ends as an error with its reason', async () => {
  ingress.bus.onCall = (call) => {
    call.head();
    call.chunk('{"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[]}');
    call.fault(new Fault('insufficient_quota', { limit: budget }));
  };
  const stream = await openai.chat.completions.create({ ...ask, stream: true });
  const read = async () => {
    for await (const chunk of stream) expect(chunk.id).toBe('c');
  };
  const error: unknown = await read().then(undefined, (thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(APIError);
  expect(error).toMatchObject({ code: 'insufficient_quota' });
  expect(ingress.bus.calls).toHaveLength(1);
});

test('a failure of a provider, and a refusal, tell what is left of the other limits, too', async () => {
  const requests = { ...rate, remaining: '58' };
  ingress.bus.onCall = (call) => {
    call.fault(new Fault('upstream_error', { limits: [budget, requests] }));
  };
  const failed = await post(ingress, chat);
  expect(failed.headers.get('x-weir-budget-remaining-usd')).toBe(budget.remaining);
  expect(failed.headers.get('x-ratelimit-remaining-requests')).toBe('58');
  ingress.bus.onCall = (call) => {
    call.fault(new Fault('rate_limit_exceeded', { limit: rate, limits: [budget, requests] }));
  };
  const refused = await post(ingress, chat);
  expect(refused.headers.get('x-weir-budget-remaining-usd')).toBe(budget.remaining);
  expect(refused.headers.get('x-ratelimit-remaining-requests')).toBe(rate.remaining);
});

test('a whole answer tells what it has cost, and what is left of its limits once it is settled', async () => {
  const requests = { ...rate, remaining: '58', resetAtMs: Date.now() + 30_000 };
  ingress.bus.onCall = (call) => {
    call.head({ limits: [{ ...budget, remaining: '20' }, requests] });
    call.end('{}', { costNanoUsd: 123_000, limits: [{ ...budget, remaining: '24.9' }, requests] });
  };
  const { headers } = await post(ingress, chat);
  expect(Object.fromEntries(headers)).toMatchObject({
    'x-weir-cost-usd': '0.000123',
    'x-weir-budget-remaining-usd': '24.9',
    'x-ratelimit-limit-requests': '60',
    'x-ratelimit-remaining-requests': '58',
    'x-ratelimit-reset-requests': expect.stringMatching(/^(30|29)s$/) as string,
  });
});

test('a stream tells at its beginning what is left, its hold counted in', async () => {
  ingress.bus.onCall = (call) => {
    call.head({ limits: [{ ...budget, remaining: '20' }] });
    call.end('', { costNanoUsd: 123_000 });
  };
  const { headers } = await post(ingress, streamedChat);
  expect(headers.get('x-weir-budget-remaining-usd')).toBe('20');
  expect(headers.get('x-weir-cost-usd')).toBeNull();
});

test('an answer that nothing limits, of a model without a price, has none of these headers', async () => {
  ingress.bus.onCall = (call) => {
    call.head();
    call.end('{}');
  };
  const names = [...(await post(ingress, chat)).headers.keys()];
  expect(names.filter((name) => /cost|budget|ratelimit/.test(name))).toEqual([]);
});

test('metrics name only models that the router knows, and providers that it has asked', async () => {
  const ends = [
    (call: FakeCall) => {
      call.head({ isKnownModel: true });
      call.end('{}');
    },
    (call: FakeCall) => {
      call.head({ model: 'what-a-caller-wrote' });
      call.end('{}');
    },
    (call: FakeCall) => {
      call.fault(new Fault('upstream_error', { provider: 'openai' }));
    },
  ];
  for (const end of ends) {
    ingress.bus.onCall = end;
    await (await post(ingress, chat)).text();
  }
  await (await post(ingress, 'no json')).text();
  const exposed = await ingress.metrics.expose();
  const counted = exposed.split('\n').filter((line) => line.startsWith('llm_requests_total{'));
  const of = (provider: string, model: string, status: string) =>
    `llm_requests_total{provider="${provider}",model="${model}",status="${status}",stream="false",service="ingress"} 1`;
  expect(counted.toSorted()).toEqual(
    [
      of('openai', 'gpt-5-mini', '2xx'),
      of('openai', 'other', '2xx'),
      of('openai', 'none', '5xx'),
      of('none', 'none', '4xx'),
    ].toSorted(),
  );
  expect(exposed).toContain(
    'llm_request_duration_seconds_count{service="ingress",provider="openai",model="other"} 1',
  );
  expect(exposed).not.toContain('what-a-caller-wrote');
});
