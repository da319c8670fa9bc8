import type { ChatRequest } from '@weir/contracts/chat/request';
import { reserve } from '@weir/contracts/cost/admission';
import type { ModelPrice } from '@weir/contracts/cost/prices';
import { Fault } from '@weir/service-kit/fault';
import { eventually } from '@weir/testkit/eventually';
import { startFakeProvider, type FakeProvider } from '@weir/testkit/providers/fake-provider';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Prices } from '../src/domain/prices.ts';
import { toCredential } from '../src/providers/credential.ts';
import { aProvider } from './a-provider.ts';
import { aPrice, createCompleterOf } from './completer.ts';
import { aBudget, aLimitState, organisationScope, refuse, scopeLimits } from './fake-cost.ts';

let one: FakeProvider;
let two: FakeProvider;
beforeAll(async () => {
  [one, two] = await Promise.all([startFakeProvider(), startFakeProvider()]);
});
afterEach(() => {
  one.reset();
  two.reset();
});
afterAll(() => Promise.all([one.close(), two.close()]));

const providerAt = (name: string, baseUrl: string) =>
  aProvider({
    name,
    baseUrl,
    credentials: [toCredential('sk-only')],
    models: [{ id: 'm', maxOutputTokens: 1_000 }],
  });
const providers = () => [providerAt('one', one.openaiBaseUrl), providerAt('two', two.openaiBaseUrl)];
const fallback = { strategy: { mode: 'fallback' }, targets: [{ provider: 'one' }, { provider: 'two' }] };
const ask: Partial<ChatRequest> = { model: 'm', messages: [{ role: 'user', content: 'a b c d' }] };
const random = () => 0;
const limits = [aBudget];

type Options = Parameters<typeof createCompleterOf>[1];

const complete = (options: Options = {}) => createCompleterOf(providers(), { limits, random, ...options });

describe('where nothing limits', () => {
  test.each<[string, Options]>([
    ['there are no limits at all', { limits: [] }],
    ['others are limited', { limits: [scopeLimits({ kind: 'organisation', id: 'other' }, aBudget.limits)] }],
    [
      'another model is limited',
      {
        limits: [
          scopeLimits(organisationScope, [{ unit: 'usd', limit: '1', window: 'day', model: 'gpt-5*' }]),
        ],
      },
    ],
  ])('no hop is made to the cost service: %s', async (_name, options) => {
    const completer = complete(options);
    const { reply, done } = completer.ask(ask);
    expect(await done).toBeUndefined();
    expect(completer.cost.asked).toEqual([]);
    expect(reply.heads[0]?.limits).toBeUndefined();
    expect(reply.trailer?.costNanoUsd).toBeGreaterThan(0);
    expect(completer.attempts).toMatchObject([
      { cost: { nanoUsd: reply.trailer?.costNanoUsd, priceId: 'host/m@1' } },
    ]);
  });

  test('the moment that a limit is set it holds', async () => {
    const completer = complete({ limits: [] });
    await completer.ask(ask).done;
    completer.limitsStore.putRaw('organisation.default', JSON.stringify(aBudget));
    await completer.ask(ask).done;
    expect(completer.cost.asked).toHaveLength(1);
  });
});

describe('a limit holds', () => {
  const config = (fields: object) => ({ ...fallback, ...fields });

  test.each<[string, { config: object; chat?: object; script: () => void }]>([
    ['first', { config: fallback, script: () => undefined }],
    [
      'retry',
      {
        config: config({ retry: { attempts: 1 } }),
        script: () => {
          one.script({ fault: { kind: 'status', status: 503 }, times: 1 });
        },
      },
    ],
    [
      'fallback',
      {
        config: fallback,
        script: () => {
          one.script({ fault: { kind: 'status', status: 503 } });
        },
      },
    ],
    [
      'hedge',
      {
        config: config({ hedge: { delay_ms: 20 } }),
        script: () => {
          one.script({ fault: { kind: 'slow_first_byte', delayMs: 60_000 } });
        },
      },
    ],
    [
      'continuation',
      {
        config: config({ on_stream_failure: 'continue' }),
        chat: { stream: true },
        script: () => {
          one.script({ fault: { kind: 'cut', afterChunks: 4 } });
          two.script({ answer: 'The rest.' });
        },
      },
    ],
    ['mirror', { config: { provider: 'one', mirror: { provider: 'two' } }, script: () => undefined }],
  ])('for each attempt, whatever it is made for: %s', async (purpose, { config, chat = {}, script }) => {
    script();
    const completer = complete({ config });
    expect(await completer.ask({ ...ask, ...chat }).done).toBeUndefined();
    await eventually(() => {
      expect(completer.attempts.map((attempt) => attempt.purpose)).toContain(purpose);
    });
    const made = completer.attempts.map(({ requestId, attempt }) => `${requestId}:${attempt}`);
    await eventually(() => {
      expect(completer.cost.holds.map(({ id }) => id).toSorted()).toEqual(made.toSorted());
    });
    // One of them counts as the request.
    expect(completer.cost.holds.filter(({ isFirst }) => isFirst)).toHaveLength(1);
    expect(completer.admission.heldAttempts.count).toBe(0);
  });

  test('by a hold of the most that the attempt can cost, on whose account it is', async () => {
    const completer = complete();
    await completer.ask(
      { ...ask, max_tokens: 50, user: 'lan' },
      { envelope: { caller: { keyId: 'k1', teamId: 't1', tags: ['batch'] } } },
    ).done;
    const [hold] = completer.cost.holds;
    expect(hold).toMatchObject({
      id: 'req_1:1',
      attribution: {
        organisation: 'default',
        keyId: 'k1',
        teamId: 't1',
        tags: ['batch'],
        endUser: 'lan',
      },
      provider: 'one',
      model: 'm',
      isFirst: true,
    });
    const [attempt] = completer.attempts;
    expect(hold?.startedAtMs).toBe(attempt?.startedAtMs);
    // 50 tokens of output at two dollars a million, and the input.
    expect(hold?.amountNanoUsd).toBeGreaterThan(100_000);
    expect(hold?.amountNanoUsd).toBeLessThan(1_000_000);
    expect(attempt?.cost?.nanoUsd).toBeLessThanOrEqual(hold?.amountNanoUsd ?? 0);
    expect(attempt?.endUser).toBe('lan');
  });

  test('and by the dearest of the models that the request lets answer', async () => {
    const dear: ModelPrice = { id: 'host/dear@1', rates: { input: 9_000_000_000, output: 9_000_000_000 } };
    const priceOf: Prices['of'] = (_, { id }) => (id === 'dear' ? dear : id === 'm' ? aPrice : undefined);
    const completer = complete({ priceOf });
    await completer.ask({ ...ask, max_tokens: 1_000 }).done;
    await completer.ask({ ...ask, max_tokens: 1_000, models: ['m', 'dear'] }).done;
    const [{ amountNanoUsd = 0 } = {}, second] = completer.cost.holds;
    expect(second?.amountNanoUsd).toBeGreaterThan(4 * amountNanoUsd);
    expect(await completer.ask({ ...ask, models: ['nobody-knows'] }).done).toMatchObject({
      code: 'model_not_priced',
    });
    expect(await completer.ask({ ...ask, plugins: [{ id: 'web' }] }).done).toMatchObject({
      code: 'unsupported_parameter',
      details: { param: 'plugins' },
    });
    expect(one.requests).toHaveLength(2);
  });

  test('and the answer says what is left of it, once it is settled', async () => {
    const completer = complete();
    const { reply, done } = completer.ask(ask);
    await done;
    expect(reply.heads[0]?.limits).toMatchObject([{ scope: 'organisation/default', remaining: '4' }]);
    const [{ amountNanoUsd = 0 } = {}] = completer.cost.holds;
    const cost = reply.trailer?.costNanoUsd ?? 0;
    const [after] = reply.trailer?.limits ?? [];
    expect(Number(after?.remaining)).toBeCloseTo(4 + (amountNanoUsd - cost) / 1e9, 9);
  });

  test('and a failure after it says so, too', async () => {
    one.script({ fault: { kind: 'status', status: 500 } });
    const completer = complete({ config: { provider: 'one', retry: { attempts: 0 } } });
    const fault = await completer.ask(ask).done;
    const [{ amountNanoUsd = 0 } = {}] = completer.cost.holds;
    expect(fault?.details.limits).toMatchObject([{ unit: 'usd' }]);
    expect(Number(fault?.details.limits?.[0]?.remaining)).toBeCloseTo(4 + amountNanoUsd / 1e9, 9);
  });

  test('and the next attempt does not compete with the one before it', async () => {
    one.script({ fault: { kind: 'clean_cut', afterChunks: 0 } });
    const completer = complete({ config: fallback });
    const { reply, done } = completer.ask({ ...ask, stream: true });
    expect(await done).toBeUndefined();
    const [first, second] = completer.attempts;
    expect(completer.cost.asked.map(({ settles }) => settles)).toEqual([
      undefined,
      { holdId: 'req_1:1', costNanoUsd: first?.cost?.nanoUsd, tokens: expect.any(Number) as number },
    ]);
    // What was begun may be billed, and is a part of what the answer says it costs.
    expect(first).toMatchObject({ maybeBilled: true, usage: { source: 'estimated' } });
    expect(reply.trailer?.costNanoUsd).toBe((first?.cost?.nanoUsd ?? 0) + (second?.cost?.nanoUsd ?? 0));
  });
});

describe('a refusal', () => {
  test.each(['insufficient_quota', 'rate_limit_exceeded'] as const)(
    'ends the request before anybody is asked: %s',
    async (code) => {
      const completer = complete({ config: { ...fallback, retry: { attempts: 3 } } });
      completer.cost.answer = () => refuse(code);
      expect(await completer.ask(ask).done).toMatchObject({
        code,
        details: { limit: { scope: 'organisation/default' }, attempts: 0, fallbacks: 0 },
      });
      expect(completer.cost.asked).toHaveLength(1);
      expect([one.requests.length, two.requests.length]).toEqual([0, 0]);
      expect(completer.attempts).toEqual([]);
    },
  );

  test('by a limit of some models leads to the next target, under the same number', async () => {
    const completer = complete({ config: fallback });
    completer.cost.answer = ({ hold }) =>
      hold.provider === 'one' ? refuse('insufficient_quota', { model: 'one/*' }) : [aLimitState()];
    const { reply, done } = completer.ask(ask, { metadata: { team: 'a' } });
    expect(await done).toBeUndefined();
    expect(reply.heads).toMatchObject([{ provider: 'two', attempts: 1 }]);
    expect(completer.attempts).toMatchObject([
      { attempt: 1, provider: 'two', purpose: 'fallback', metadata: { team: 'a' } },
    ]);
    expect(completer.cost.holds).toMatchObject([
      { id: 'req_1:1', isFirst: true },
      { id: 'req_1:1', isFirst: true },
    ]);
  });

  test('for a model without a price leads to the next target, and names the model where there is none', async () => {
    const completer = complete({ config: fallback, priceOf: () => undefined });
    completer.cost.answer = () => refuse('model_not_priced');
    const fault = await completer.ask(ask).done;
    expect(fault).toMatchObject({ code: 'model_not_priced' });
    expect(fault?.message).toContain('weir prices set two m');
    expect(completer.cost.holds.map(({ amountNanoUsd }) => amountNanoUsd)).toEqual([undefined, undefined]);
  });

  test('says which limit, how much it is, when there is room again, and whom to ask', async () => {
    const completer = complete();
    const resetAtMs = Date.now() + 3_600_000;
    const limit = aLimitState({ resetAtMs, contact: 'finance@example.com' });
    const limits = [limit, aLimitState({ unit: 'requests', window: 'minute', remaining: '3' })];
    completer.cost.answer = () => {
      throw new Fault('insufficient_quota', { limit, limits });
    };
    const fault = await completer.ask(ask).done;
    expect(fault?.details).toMatchObject({ limit, limits });
    expect(fault?.message).toBe(
      `The budget of organisation/default ($10 a month) does not cover this request: $4 is left of it. ` +
        `There is room again at ${new Date(resetAtMs).toISOString()}. Ask finance@example.com about it.`,
    );
    expect(fault?.details.retryAfterMs).toBeGreaterThan(3_590_000);
  });

  test('of a hedge or a mirror only means that it is not made', async () => {
    one.script({ fault: { kind: 'slow_first_byte', delayMs: 200 } });
    for (const [config, code] of [
      [{ ...fallback, hedge: { delay_ms: 20 } }, 'insufficient_quota'],
      [{ ...fallback, hedge: { delay_ms: 20 } }, 'budget_reserved'],
      [{ provider: 'one', mirror: { provider: 'two' } }, 'budget_reserved'],
    ] as const) {
      const completer = complete({ config });
      completer.cost.answer = ({ hold }) => (hold.provider === 'two' ? refuse(code) : [aLimitState()]);
      const { reply, done } = completer.ask(ask);
      expect(await done).toBeUndefined();
      expect(reply.heads).toMatchObject([{ provider: 'one', attempts: 1 }]);
      expect(completer.cost.holds.filter(({ provider }) => provider === 'two')).toHaveLength(1);
    }
    expect(two.requests).toHaveLength(0);
  });

  test('gives the probe of a half-open target back', async () => {
    const completer = complete({ config: { provider: 'one', retry: { attempts: 0 } } });
    one.script({ fault: { kind: 'status', status: 429, retryAfterMs: 30 }, times: 1 });
    expect(await completer.ask(ask).done).toMatchObject({ code: 'upstream_rate_limited' });
    completer.cost.answer = () => refuse('insufficient_quota');
    await eventually(async () => {
      expect(await completer.ask(ask).done).toMatchObject({ code: 'insufficient_quota' });
    });
    completer.cost.answer = () => [aLimitState()];
    expect(await completer.ask(ask).done).toBeUndefined();
  });
});

describe('a budget of which the rest is only held', () => {
  test('is waited for', async () => {
    const completer = complete();
    completer.cost.answer = () =>
      completer.cost.asked.length < 3 ? refuse('budget_reserved') : [aLimitState()];
    expect(await completer.ask(ask).done).toBeUndefined();
    expect(completer.cost.asked).toHaveLength(3);
  });

  test.each([
    ['as long as the setting says', { admission: { waitMs: 120 } }, 60_000],
    ['no longer than the deadline', { admission: { waitMs: 60_000 } }, 120],
  ])('%s, and then told', async (_name, options, timeoutMs) => {
    const completer = complete(options);
    completer.cost.answer = () => refuse('budget_reserved');
    const fault = await completer.ask(ask, { timeoutMs }).done;
    expect(fault).toMatchObject({ code: 'budget_reserved', details: { retryAfterMs: 1_000 } });
    expect(completer.cost.asked.length).toBeGreaterThan(1);
    expect(one.requests).toHaveLength(0);
  });

  test('is not waited for any longer once the client has gone', async () => {
    const completer = complete({ admission: { waitMs: 60_000 } });
    completer.cost.answer = () => refuse('budget_reserved');
    const leaving = new AbortController();
    const { done } = completer.ask(ask, { signal: leaving.signal });
    await eventually(() => {
      expect(completer.cost.asked.length).toBeGreaterThan(0);
    });
    leaving.abort(new Fault('client_closed_request'));
    expect(await done).toMatchObject({ code: 'client_closed_request' });
  });
});

describe('while nobody can say what is left', () => {
  const away = () => {
    throw new Fault('service_unavailable');
  };

  test('what is limited is refused, what may be held is let go, and what is not limited goes on', async () => {
    const limited = complete({ config: fallback });
    limited.cost.answer = away;
    expect(await limited.ask(ask).done).toMatchObject({ code: 'service_unavailable' });
    expect(limited.cost.released).toEqual(['req_1:1']);
    expect(one.requests).toHaveLength(0);
    const unlimited = complete({ limits: [] });
    unlimited.cost.answer = away;
    expect(await unlimited.ask(ask).done).toBeUndefined();
  });

  test('all goes on where the operator wants it so, and its usage is told all the same', async () => {
    const completer = complete({ admission: { onFailure: 'open' } });
    completer.cost.answer = away;
    expect(await completer.ask(ask).done).toBeUndefined();
    expect(completer.attempts).toMatchObject([{ cost: { priceId: 'host/m@1' } }]);
    // If there is a hold, the usage settles it.
    expect(completer.cost.released).toEqual([]);
  });

  test('which limits there are, everything is refused, unless the operator wants it otherwise', async () => {
    const closed = complete({ limits: 'unknown' });
    expect(await closed.ask(ask).done).toMatchObject({ code: 'service_unavailable' });
    expect(closed.cost.asked).toEqual([]);
    expect(await complete({ limits: 'unknown', admission: { onFailure: 'open' } }).ask(ask).done).toBe(
      undefined,
    );
  });

  test('a client that leaves meanwhile is held nothing', async () => {
    const completer = complete();
    const leaving = new AbortController();
    const { promise, resolve } = Promise.withResolvers<[]>();
    completer.cost.answer = () => promise;
    const { done } = completer.ask(ask, { signal: leaving.signal });
    leaving.abort(new Fault('client_closed_request'));
    resolve([]);
    expect(await done).toMatchObject({ code: 'client_closed_request' });
    expect(completer.cost.released).toEqual(['req_1:1']);
    expect(completer.admission.heldAttempts.count).toBe(0);
  });
});

describe('a model without a price', () => {
  test('is refused always where the operator wants it so', async () => {
    const fault = await complete({ limits: [], priceOf: () => undefined, unpricedModels: 'refuse' }).ask(ask)
      .done;
    expect(fault).toMatchObject({ code: 'model_not_priced' });
    expect(fault?.message).toContain('one/m');
    expect(one.requests).toHaveLength(0);
  });

  test('is else recorded without a cost, which is not 0', async () => {
    const completer = complete({ limits: [], priceOf: () => undefined });
    const { reply, done } = completer.ask(ask);
    expect(await done).toBeUndefined();
    expect(completer.attempts[0]).not.toHaveProperty('cost');
    expect(reply.trailer).not.toHaveProperty('costNanoUsd');
  });
});

test('what is asked of the cost service is what its contract says', async () => {
  const completer = complete();
  await completer.ask(ask).done;
  const [asked] = completer.cost.asked;
  expect(reserve.request.safeParse({ hold: asked?.hold }).success).toBe(true);
});
