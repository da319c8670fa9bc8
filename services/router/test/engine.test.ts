import type { ChatRequest } from '@weir/contracts/chat/request';
import { eventually } from '@weir/testkit/eventually';
import { startFakeProvider, type FakeProvider } from '@weir/testkit/providers/fake-provider';
import { refusedUrl } from '@weir/testkit/providers/unreachable';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Provider } from '../src/domain/provider.ts';
import { toCredential } from '../src/providers/credential.ts';
import { aProvider } from './a-provider.ts';
import { createCompleterOf } from './completer.ts';
import { collectChunks } from './recorded/collect-chunks.ts';

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

function providerAt(name: string, baseUrl: string, keys: readonly string[] = ['sk-only']): Provider {
  return aProvider({ name, baseUrl, credentials: keys.map(toCredential), models: [{ id: 'm' }] });
}

const both = () => [providerAt('one', one.openaiBaseUrl), providerAt('two', two.openaiBaseUrl)];
const targets = [{ provider: 'one', name: 'first' }, { provider: 'two' }];
const fallback = { strategy: { mode: 'fallback' }, targets };
const ask: Partial<ChatRequest> = { model: 'm', messages: [{ role: 'user', content: 'a b c d e f g h' }] };
/** No jitter: retries follow at once. */
const random = () => 0;

describe.each([false, true])('streamed: %s', (stream) => {
  const chat = { ...ask, stream };

  test('a target that fails before content is replaced in silence', async () => {
    one.script({ fault: { kind: 'cut', afterChunks: 0 } });
    two.script({ answer: 'From the second' });
    const completer = createCompleterOf(both(), { config: fallback });
    const { reply, done } = completer.ask(chat);
    expect(await done).toBeUndefined();
    expect([reply.body, ...reply.chunks].join('')).toContain('second');
    expect(reply.heads).toMatchObject([
      { provider: 'two', target: 'targets[1]', optionIndex: [1], attempts: 2, fallbacks: 1 },
    ]);
    expect(reply.trailer?.isFallback).toBe(true);
    expect(completer.attempts).toMatchObject([
      { attempt: 1, purpose: 'first', provider: 'one', outcome: 'upstream_stream_cut', maybeBilled: true },
      { attempt: 2, purpose: 'fallback', provider: 'two', outcome: 'ok', usage: { source: 'provider' } },
    ]);
  });

  test('an answer tells by which revision of a stored config its request was routed', async () => {
    const completer = createCompleterOf(both(), {
      config: fallback,
      configName: 'live',
      configRevision: '2.7',
    });
    const { reply, done } = completer.ask(chat);
    await done;
    expect(reply.trailer?.configRevision).toBe('2.7');
  });

  test('a target is asked again as often as its config says, and the answer tells so', async () => {
    one.script({ fault: { kind: 'status', status: 503 }, times: 2 });
    const completer = createCompleterOf(both(), {
      config: { provider: 'one', retry: { attempts: 2 } },
      random,
    });
    const { reply, done } = completer.ask(chat);
    expect(await done).toBeUndefined();
    expect(one.requests).toHaveLength(3);
    expect(reply.heads).toMatchObject([{ attempts: 3, fallbacks: 0 }]);
    expect(completer.attempts.map(({ purpose, maybeBilled }) => [purpose, maybeBilled])).toEqual([
      ['first', false],
      ['retry', false],
      ['retry', true],
    ]);
  });

  test('a failure that is not on the list is not retried', async () => {
    one.script({ fault: { kind: 'status', status: 500 } });
    const config = { provider: 'one', retry: { attempts: 3, on_status_codes: [429] } };
    expect(await createCompleterOf(both(), { config, random }).ask(chat).done).toMatchObject({
      code: 'upstream_error',
      details: { attempts: 1, fallbacks: 0 },
    });
    expect(one.requests).toHaveLength(1);
  });

  test.each([
    ['refused', { kind: 'invalid_key' } as const],
    ['forbidden', { kind: 'status', status: 403 } as const],
    ['limited', { kind: 'status', status: 429 } as const],
  ])(
    'a credential that is %s gives way to the next, which no target after it must mend',
    async (_name, fault) => {
      const isFirstKey = ({ headers }: { headers: { authorization?: string | undefined } }) =>
        headers.authorization === 'Bearer sk-a';
      one.script({ fault, matches: isFirstKey });
      const completer = createCompleterOf([providerAt('one', one.openaiBaseUrl, ['sk-a', 'sk-b'])], {
        config: { provider: 'one' },
      });
      expect(await completer.ask(chat).done).toBeUndefined();
      const keys = one.requests.map(({ headers }) => headers.authorization);
      expect(keys).toEqual(['Bearer sk-a', 'Bearer sk-b']);
      // It is left alone for a while, by all requests.
      expect(await completer.ask(chat).done).toBeUndefined();
      expect(one.requests.at(-1)?.headers.authorization).toBe('Bearer sk-b');
      expect(one.requests).toHaveLength(3);
    },
  );

  test('a target that asks to be left alone is left alone, and the caller hears for how long', async () => {
    one.script({ fault: { kind: 'status', status: 429, retryAfter: 30 } });
    const completer = createCompleterOf(both(), { config: { provider: 'one' } });
    await completer.ask(chat).done;
    const fault = await completer.ask(chat).done;
    expect(fault).toMatchObject({ code: 'upstream_rate_limited', details: { attempts: 0 } });
    expect(fault?.details.retryAfterMs).toBeGreaterThan(29_000);
    expect(one.requests).toHaveLength(1);
  });

  test('a long retry-after is not waited for while another target is there', async () => {
    one.script({ fault: { kind: 'status', status: 429, retryAfter: 30 } });
    const config = { ...fallback, retry: { attempts: 5 } };
    expect(await createCompleterOf(both(), { config, random }).ask(chat).done).toBeUndefined();
    expect([one.requests.length, two.requests.length]).toEqual([1, 1]);
  });

  test('an answer says that its target stands in for one that is left alone', async () => {
    const completer = createCompleterOf(both(), { config: fallback });
    const well = completer.ask(chat);
    await well.done;
    one.script({ fault: { kind: 'status', status: 429, retryAfter: 30 } });
    await completer.ask(chat).done;
    const standIn = completer.ask(chat);
    await standIn.done;
    const seen = [well, standIn].map(({ reply: { heads, trailer } }) => [
      ...[heads[0]?.provider, heads[0]?.fallbacks],
      trailer?.isFallback,
    ]);
    expect(seen).toEqual([
      ['one', 0, undefined],
      ['two', 0, true],
    ]);
  });

  test('a short retry-after is waited for', async () => {
    one.script({ fault: { kind: 'status', status: 429, retryAfterMs: 150 }, times: 1 });
    const completer = createCompleterOf(both(), {
      config: { provider: 'one', retry: { attempts: 1 } },
      random,
    });
    expect(await completer.ask(chat).done).toBeUndefined();
    const [first, second] = one.requests;
    expect((second?.startedAt ?? 0) - (first?.startedAt ?? 0)).toBeGreaterThanOrEqual(149);
  });

  test('no retry is begun that the deadline would end', async () => {
    one.script({ fault: { kind: 'status', status: 429, retryAfterMs: 2_000 } });
    const completer = createCompleterOf(both(), { config: { provider: 'one', retry: { attempts: 5 } } });
    expect(await completer.ask(chat, { timeoutMs: 1_000 }).done).toMatchObject({
      code: 'upstream_rate_limited',
    });
    expect(one.requests).toHaveLength(1);
  });

  test('an attempt takes no longer than its target may', async () => {
    one.script({ fault: { kind: 'slow_first_byte', delayMs: 60_000 } });
    const config = { ...fallback, targets: [{ provider: 'one', request_timeout: 50 }, { provider: 'two' }] };
    const completer = createCompleterOf(both(), { config });
    expect(await completer.ask(chat).done).toBeUndefined();
    expect(completer.attempts[0]).toMatchObject({ outcome: 'upstream_timeout', maybeBilled: true });
    await one.waitFor(({ abortedAt }) => abortedAt !== undefined);
  });

  test.each([
    ['once where the list has 504 alone, which is the provider’s own', [429, 504], 1],
    ['again where the list names it as Portkey does', [408], 3],
    ['again where there is no list', undefined, 3],
  ])('a silent target is asked %s', async (_name, codes, times) => {
    one.script({ fault: { kind: 'slow_first_byte', delayMs: 60_000 }, times: 5 });
    const retry = { attempts: 2, ...(codes && { on_status_codes: codes }) };
    const config = { ...fallback, retry, request_timeout: 50 };
    const completer = createCompleterOf(both(), { config, random });
    await completer.ask(chat).done;
    expect(completer.attempts.filter(({ provider }) => provider === 'one')).toHaveLength(times);
  });

  test.each([405, 409, 410, 423, 424, 425, 451, 499])(
    'a target that refuses with %i, which is its own affair, is replaced in silence',
    async (status) => {
      one.script({ fault: { kind: 'status', status } });
      const { reply, done } = createCompleterOf(both(), { config: fallback }).ask(chat);
      expect(await done).toBeUndefined();
      expect(reply.heads).toMatchObject([{ target: 'targets[1]', fallbacks: 1 }]);
    },
  );

  test('a caller that leaves ends the pause before a retry, and no attempt follows', async () => {
    one.script({ fault: { kind: 'status', status: 429, retryAfterMs: 4_000 } });
    const completer = createCompleterOf(both(), { config: { provider: 'one', retry: { attempts: 1 } } });
    const leaving = new AbortController();
    const { done } = completer.ask(chat, { signal: leaving.signal });
    await eventually(() => {
      expect(completer.attempts).toHaveLength(1);
    });
    const { Fault } = await import('@weir/service-kit/fault');
    leaving.abort(new Fault('client_closed_request'));
    expect(await done).toMatchObject({ code: 'client_closed_request' });
    expect(one.requests).toHaveLength(1);
  });

  test('a slow target is hedged: the faster answer is taken, the other call is ended, and both are reported', async () => {
    one.script({ fault: { kind: 'slow_first_byte', delayMs: 60_000 } });
    const completer = createCompleterOf(both(), { config: { ...fallback, hedge: { delay_ms: 50 } } });
    const { reply, done } = completer.ask(chat);
    expect(await done).toBeUndefined();
    expect(reply.heads).toMatchObject([{ provider: 'two', attempts: 2, fallbacks: 0 }]);
    expect(reply.trailer?.isFallback).toBe(true);
    await one.waitFor(({ abortedAt }) => abortedAt !== undefined);
    await eventually(() => {
      expect(completer.attempts.toSorted((a, b) => a.attempt - b.attempt)).toMatchObject([
        { purpose: 'first', outcome: 'cancelled', maybeBilled: true },
        { purpose: 'hedge', outcome: 'ok' },
      ]);
    });
  });

  test('a target that is no provider’s at all is passed over for good', async () => {
    const config = {
      ...fallback,
      targets: [{ override_params: { model: 'nobody-has-it' } }, { provider: 'two' }],
    };
    const { reply, done } = createCompleterOf(both(), { config }).ask(chat);
    expect(await done).toBeUndefined();
    expect([reply.heads[0]?.provider, reply.trailer?.isFallback]).toEqual(['two', undefined]);
  });

  test('a target that answers in time is not hedged', async () => {
    const completer = createCompleterOf(both(), { config: { ...fallback, hedge: { delay_ms: 5_000 } } });
    const { reply, done } = completer.ask(chat);
    expect(await done).toBeUndefined();
    expect(reply.trailer?.isFallback).toBeUndefined();
    expect(two.requests).toHaveLength(0);
  });

  test('a hedge that finds nobody to ask leaves the first target what comes after it', async () => {
    one.script({ fault: { kind: 'slow_first_byte', delayMs: 100 }, times: 1 });
    const config = {
      strategy: { mode: 'fallback', on_status_codes: [429] },
      targets: [{ provider: 'one' }],
      context_window_fallbacks: ['two/large'],
      hedge: { delay_ms: 20 },
    };
    one.script({ fault: { kind: 'context_length' }, times: 1 });
    const completer = createCompleterOf(both(), { config });
    expect(await completer.ask(chat).done).toBeUndefined();
    const { reply, done } = completer.ask(chat);
    expect(await done).toBeUndefined();
    expect(reply.heads).toMatchObject([{ provider: 'two', model: 'large' }]);
  });

  test('where the hedge fails, the first answer is still taken', async () => {
    one.script({ fault: { kind: 'slow_first_byte', delayMs: 300 } });
    two.script({ fault: { kind: 'status', status: 500 } });
    const completer = createCompleterOf(both(), { config: { ...fallback, hedge: { delay_ms: 20 } } });
    const { reply, done } = completer.ask(chat);
    expect(await done).toBeUndefined();
    expect(reply.heads).toMatchObject([{ provider: 'one' }]);
  });

  test('a mirror is sent a copy, and whatever becomes of it changes nothing', async () => {
    two.script({ fault: { kind: 'status', status: 500 } });
    const config = { provider: 'one', mirror: { provider: 'two', override_params: { model: 'shadow' } } };
    const completer = createCompleterOf(both(), { config });
    const { reply, done } = completer.ask(chat);
    expect(await done).toBeUndefined();
    expect(reply.heads).toMatchObject([{ provider: 'one', attempts: 1 }]);
    await eventually(() => {
      expect(completer.attempts).toContainEqual(
        expect.objectContaining({
          purpose: 'mirror',
          provider: 'two',
          model: 'shadow',
          outcome: 'upstream_error',
        }),
      );
    });
  });

  test('of a share of the requests only', async () => {
    const config = { provider: 'one', mirror: { provider: 'two', share: 0.3 } };
    const draws = Array.from({ length: 10 }, (_, index) => index / 10);
    const completer = createCompleterOf(both(), { config, random: () => draws.shift() ?? 0.99 });
    for (let i = 0; i < 10; i++) await completer.ask(chat).done;
    await eventually(() => {
      expect(two.requests).toHaveLength(3);
    });
  });

  test('a context that is too long goes to the model that the config names for it', async () => {
    one.script({ fault: { kind: 'context_length' } });
    const config = { provider: 'one', context_window_fallbacks: { m: ['two/large'] } };
    const { reply, done } = createCompleterOf(both(), { config }).ask(chat);
    expect(await done).toBeUndefined();
    expect(reply.heads).toMatchObject([{ provider: 'two', model: 'large', fallbacks: 1 }]);
  });

  test.each(['error', 'refusal'] as const)(
    'a refused content (%s) goes to the model that the config names for it',
    async (form) => {
      one.script({ fault: { kind: 'content_policy', form } });
      const config = { ...fallback, content_policy_fallbacks: ['two/lenient'] };
      const { reply, done } = createCompleterOf(both(), { config }).ask(chat);
      expect(await done).toBeUndefined();
      expect(reply.heads).toMatchObject([{ provider: 'two', model: 'lenient' }]);
    },
  );

  test('a refused content is put to nobody else, unless the config says so', async () => {
    one.script({ fault: { kind: 'content_policy', form: 'error' } });
    expect(await createCompleterOf(both(), { config: fallback }).ask(chat).done).toMatchObject({
      code: 'content_policy_violation',
    });
    expect(two.requests).toHaveLength(0);
  });

  test("parameters of the config take the place of the request's", async () => {
    const config = { provider: 'one', override_params: { model: 'other', temperature: 0.5, max_tokens: 7 } };
    await createCompleterOf(both(), { config }).ask({ ...chat, temperature: 1, max_completion_tokens: 99 })
      .done;
    expect(one.requests[0]?.body).toMatchObject({ model: 'other', temperature: 0.5, max_tokens: 7 });
  });

  test.each([
    ['stored', 32],
    ['inline', 16],
  ])(
    'one request is never more than a number of calls, whatever its config allows: %s',
    async (configName, calls) => {
      one.script({ fault: { kind: 'status', status: 500 } });
      const many = Array.from({ length: 40 }, (_, index) => ({
        provider: 'one',
        override_params: { model: `m${index}` },
      }));
      const config = { strategy: { mode: 'fallback' }, targets: many };
      const fault = await createCompleterOf(both(), { config, configName }).ask(chat).done;
      expect(fault).toMatchObject({
        code: 'upstream_error',
        details: { attempts: calls, fallbacks: calls - 1 },
      });
      expect(one.requests).toHaveLength(calls);
    },
  );

  test("what is the caller's own is not retried, whatever the config says", async () => {
    one.script({ fault: { kind: 'context_length' } });
    const config = { provider: 'one', retry: { attempts: 3, on_status_codes: [400] } };
    await createCompleterOf(both(), { config, random }).ask(chat).done;
    expect(one.requests).toHaveLength(1);
  });

  test('what a caller says of its request is told with the first of its attempts', async () => {
    one.script({ fault: { kind: 'status', status: 500 } });
    const completer = createCompleterOf(both(), { config: fallback });
    await completer.ask(chat, { metadata: { team: 'search' } }).done;
    expect(completer.attempts.map(({ metadata }) => metadata)).toEqual([{ team: 'search' }, undefined]);
  });

  test('when all targets fail, the last failure is told, and how many there were', async () => {
    const nobody = providerAt('one', `${await refusedUrl()}/v1`);
    two.script({ fault: { kind: 'status', status: 503 } });
    const completer = createCompleterOf([nobody, providerAt('two', two.openaiBaseUrl)], { config: fallback });
    expect(await completer.ask(chat).done).toMatchObject({
      code: 'upstream_overloaded',
      details: { provider: 'two', attempts: 2, fallbacks: 1 },
    });
    expect(completer.attempts[0]).toMatchObject({ outcome: 'upstream_unreachable', maybeBilled: false });
  });
});

describe('a stream that breaks after its first content', () => {
  const chat = { ...ask, stream: true };
  const broken = { kind: 'cut', afterChunks: 4 } as const;

  test('ends in a fault, and is not begun anew', async () => {
    one.script({ fault: broken });
    const { reply, done } = createCompleterOf(both(), {
      config: { ...fallback, retry: { attempts: 3 } },
    }).ask(chat);
    expect(await done).toMatchObject({ code: 'upstream_stream_cut' });
    expect(reply.trailer).toBeUndefined();
    expect([one.requests.length, two.requests.length]).toEqual([1, 0]);
  });

  test('is gone on with by the next target, where the config says so, and the client sees one stream', async () => {
    one.script({ answer: 'one two three four five', fault: broken });
    two.script({ answer: ' and the rest' });
    const config = { ...fallback, on_stream_failure: 'continue' };
    const completer = createCompleterOf(both(), { config });
    const { reply, done } = completer.ask({ ...chat, stream_options: { include_usage: true } });
    expect(await done).toBeUndefined();
    const said = collectChunks(reply.chunks);
    expect(said.content).toMatch(/^one.* and the rest$/);
    expect(said.finishReasons).toEqual(['stop']);
    const chunks = reply.chunks.map((chunk) => JSON.parse(chunk) as { id: string; model: string });
    expect(new Set(chunks.map(({ id, model }) => `${id} ${model}`)).size).toBe(1);
    expect(reply.heads).toHaveLength(1);
    expect(reply.trailer?.isFallback).toBe(true);
    const [, asked] = [one.requests[0]?.body, two.requests[0]?.body] as {
      messages: { role: string; content: string }[];
    }[];
    expect(asked?.messages.at(-2)).toMatchObject({
      role: 'assistant',
      content: expect.stringMatching(/^one/) as string,
    });
    expect(completer.attempts.map(({ purpose }) => purpose)).toEqual(['first', 'continuation']);
  });

  test('is gone on with in words where the target refuses to continue a message, which is remembered', async () => {
    one.script({ answer: 'one two three four five', fault: broken });
    const second = { ...providerAt('two', two.openaiBaseUrl), assistantPrefill: 'trailing_message' as const };
    const config = { ...fallback, on_stream_failure: 'continue' };
    const completer = createCompleterOf([providerAt('one', one.openaiBaseUrl), second], { config });
    two.script({ fault: { kind: 'status', status: 400 }, times: 1 });
    two.script({ answer: ' and the rest' });
    for (const requests of [2, 3]) {
      const { reply, done } = completer.ask(chat);
      expect(await done).toBeUndefined();
      expect(collectChunks(reply.chunks).content).toMatch(/^one.* and the rest$/);
      expect(two.requests).toHaveLength(requests);
    }
    const roles = two.requests.map(({ body }) =>
      (body as { messages: { role: string }[] }).messages.map(({ role }) => role).join(' '),
    );
    expect(roles).toEqual(['user assistant', 'user assistant user', 'user assistant user']);
    const billed = completer.attempts.map(({ outcome, maybeBilled }) => [outcome, maybeBilled]);
    expect(billed.slice(0, 3)).toEqual([
      ['upstream_stream_cut', true],
      ['upstream_invalid_request', false],
      ['ok', true],
    ]);
  });

  test('that nobody may continue ends by what broke it, not by the refusal of our words', async () => {
    one.script({ answer: 'one two three four five', fault: broken });
    two.script({ fault: { kind: 'status', status: 400 } });
    const config = { ...fallback, on_stream_failure: 'continue' };
    const second = { ...providerAt('two', two.openaiBaseUrl), assistantPrefill: 'trailing_message' as const };
    for (const target of [second, providerAt('two', two.openaiBaseUrl)]) {
      const completer = createCompleterOf([providerAt('one', one.openaiBaseUrl), target], { config });
      expect(await completer.ask(chat).done).toMatchObject({ code: 'upstream_stream_cut' });
    }
    expect(two.requests).toHaveLength(3);
  });

  test('is gone on with by yet another target where one gives the answer again in other words', async () => {
    one.script({ answer: 'one two three four five', fault: { kind: 'cut', afterChunks: 5 } });
    two.script({ answer: 'one two or three, as you like', times: 1 });
    two.script({ answer: 'one two three four and the rest' });
    const config = {
      ...fallback,
      targets: [...targets, { provider: 'three' }],
      on_stream_failure: 'continue',
    };
    const { reply, done } = createCompleterOf([...both(), providerAt('three', two.openaiBaseUrl)], {
      config,
    }).ask(chat);
    expect(await done).toBeUndefined();
    expect(collectChunks(reply.chunks).content).toBe('one two three four and the rest');

    two.script({ answer: 'one two or three, as you like', times: 1 });
    const last = createCompleterOf(both(), { config: { ...fallback, on_stream_failure: 'continue' } });
    const asked = last.ask(chat);
    expect(await asked.done).toMatchObject({ code: 'upstream_stream_cut' });
    expect(collectChunks(asked.reply.chunks).content).not.toContain('as you like');
    expect(last.attempts.map(({ maybeBilled }) => maybeBilled)).toEqual([true, true]);
  });

  test('is gone on with whatever statuses the config falls back for, and with the next of several keys', async () => {
    one.script({ answer: 'one two three four five', fault: broken });
    two.script({ fault: { kind: 'invalid_key' }, times: 1 });
    two.script({ answer: ' and the rest' });
    const config = {
      strategy: { mode: 'fallback', on_status_codes: [429] },
      targets,
      on_stream_failure: 'continue',
    };
    const second = providerAt('two', two.openaiBaseUrl, ['sk-a', 'sk-b']);
    const { reply, done } = createCompleterOf([providerAt('one', one.openaiBaseUrl), second], { config }).ask(
      chat,
    );
    expect(await done).toBeUndefined();
    expect(collectChunks(reply.chunks).content).toMatch(/^one.* and the rest$/);
    expect(two.requests).toHaveLength(2);
  });

  test.each([{ n: 2 }, { response_format: { type: 'json_object' } }])(
    'is not gone on with where its target was asked for more than a text: %j',
    async (params) => {
      one.script({ fault: broken });
      const config = { ...fallback, override_params: params, on_stream_failure: 'continue' };
      expect(await createCompleterOf(both(), { config }).ask(chat).done).toMatchObject({
        code: 'upstream_stream_cut',
      });
    },
  );

  test('ends in a fault where nobody is left to go on', async () => {
    one.script({ fault: broken });
    const config = { provider: 'one', on_stream_failure: 'continue' };
    expect(await createCompleterOf(both(), { config }).ask(chat).done).toMatchObject({
      code: 'upstream_stream_cut',
    });
  });
});
