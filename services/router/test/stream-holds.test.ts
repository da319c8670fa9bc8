import type { ChatRequest } from '@weir/contracts/chat/request';
import { Fault } from '@weir/service-kit/fault';
import { eventually } from '@weir/testkit/eventually';
import { startFakeProvider, type FakeProvider } from '@weir/testkit/providers/fake-provider';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { toCredential } from '../src/providers/credential.ts';
import { aProvider } from './a-provider.ts';
import { createCompleterOf } from './completer.ts';
import { aBudget, aLimitState, refuse } from './fake-cost.ts';

let provider: FakeProvider;
beforeAll(async () => {
  provider = await startFakeProvider();
});
afterEach(() => {
  provider.reset();
});
afterAll(() => provider.close());

const sliceTokens = 256;
/** A model that shows all of its output, and one that may think in silence. */
const models = [
  { id: 'gpt-4.1', maxOutputTokens: 32_768, contextTokens: 1_000_000 },
  { id: 'gpt-5', maxOutputTokens: 32_768, contextTokens: 400_000 },
];
const ask: Partial<ChatRequest> = {
  model: 'gpt-4.1',
  messages: [{ role: 'user', content: 'Go on' }],
  stream: true,
  max_tokens: 20_000,
};
const answer = 'word '.repeat(400);

type Options = Parameters<typeof createCompleterOf>[1];

function complete(options: Options = {}) {
  const one = aProvider({
    name: 'one',
    baseUrl: provider.openaiBaseUrl,
    credentials: [toCredential('sk-only')],
    models,
  });
  return createCompleterOf([one], { limits: [aBudget], admission: { sliceTokens }, ...options });
}

/** Of the output in a hold, at two dollars a million tokens, whatever its input. */
const growthOf = (holds: readonly { amountNanoUsd?: number | undefined }[]) =>
  holds.map(({ amountNanoUsd = 0 }) => (amountNanoUsd - (holds[0]?.amountNanoUsd ?? 0)) / 2_000);

describe('a stream under a budget', () => {
  test('holds a slice of its output, and takes the next when half of one is left', async () => {
    provider.script({ answer });
    const completer = complete();
    const { reply, done } = completer.ask(ask);
    expect(await done).toBeUndefined();
    const { holds, asked } = completer.cost;
    expect(asked.map(({ kind }) => kind).slice(0, 2)).toEqual(['reserve', 'top-up']);
    expect(new Set(holds.map(({ id }) => id)).size).toBe(1);
    const growth = growthOf(holds);
    expect(growth.slice(0, 3)).toEqual([0, sliceTokens, 2 * sliceTokens]);
    // 2,000 bytes have come, and never was more held than those and two slices.
    expect(growth.at(-1)).toBeLessThan(2_000 + 2 * sliceTokens);
    expect(reply.chunks.join('')).toContain('word');
    expect(completer.attempts[0]?.cost?.nanoUsd).toBeLessThan(holds.at(-1)?.amountNanoUsd ?? 0);
  });

  test('is not passed on beyond what is held', async () => {
    provider.script({ answer });
    const completer = complete();
    const gate = Promise.withResolvers<boolean>();
    completer.cost.answer = async ({ kind }) => {
      if (kind === 'top-up') await gate.promise;
      return [aLimitState()];
    };
    const { reply, done } = completer.ask(ask);
    await eventually(() => {
      expect(contentOf(reply.chunks).length).toBeGreaterThan(sliceTokens - 'word '.length);
    });
    // The provider sends all of it at once: whatever is to come has come after some turns of the event loop.
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(contentOf(reply.chunks).length).toBeLessThanOrEqual(sliceTokens);
    gate.resolve(true);
    expect(await done).toBeUndefined();
    expect(contentOf(reply.chunks)).toBe(answer);
  });

  test('ends in the refusal where no more may be held, and what was sent is charged as an estimate', async () => {
    provider.script({ answer });
    const completer = complete({
      config: { provider: 'one', on_stream_failure: 'continue', retry: { attempts: 3 } },
    });
    completer.cost.answer = ({ kind }) =>
      kind === 'top-up' ? refuse('insufficient_quota', { remaining: '0' }) : [aLimitState()];
    const { reply, done } = completer.ask(ask);
    expect(await done).toMatchObject({ code: 'insufficient_quota', details: { limit: { remaining: '0' } } });
    expect(reply.trailer).toBeUndefined();
    const [hold] = completer.cost.holds;
    expect(completer.cost.asked).toHaveLength(2);
    expect(provider.requests).toHaveLength(1);
    const [attempt] = completer.attempts;
    expect(attempt).toMatchObject({
      outcome: 'insufficient_quota',
      maybeBilled: true,
      usage: { source: 'estimated' },
    });
    const { outputTokens = 0 } = attempt?.usage ?? {};
    expect(outputTokens).toBeGreaterThan(20);
    expect(outputTokens).toBeLessThanOrEqual(sliceTokens);
    expect(attempt?.cost?.nanoUsd).toBeGreaterThan(0);
    expect(attempt?.cost?.nanoUsd).toBeLessThanOrEqual(hold?.amountNanoUsd ?? 0);
  });

  test('goes on to its end where that comes before the slice is used up', async () => {
    provider.script({ answer: 'word '.repeat(40) });
    const completer = complete();
    completer.cost.answer = ({ kind }) =>
      kind === 'top-up' ? refuse('insufficient_quota') : [aLimitState()];
    expect(await completer.ask(ask).done).toBeUndefined();
    expect(completer.cost.asked).toHaveLength(2);
  });

  test('waits through an outage of the cost service, and ends where that lasts', async () => {
    provider.script({ answer });
    const short = complete();
    let failures = 0;
    short.cost.answer = ({ kind }) => {
      if (kind === 'top-up' && failures++ < 2) throw new Fault('service_unavailable');
      return [aLimitState()];
    };
    expect(await short.ask(ask).done).toBeUndefined();
    const away = (onFailure: 'open' | 'closed') => {
      const completer = complete({ admission: { sliceTokens, waitMs: 100, onFailure } });
      completer.cost.answer = ({ kind }) => {
        if (kind === 'top-up') throw new Fault('service_unavailable');
        return [aLimitState()];
      };
      return completer.ask(ask).done;
    };
    expect(await away('closed')).toMatchObject({ code: 'service_unavailable' });
    expect(await away('open')).toBeUndefined();
  });

  test.each<[string, Partial<ChatRequest>]>([
    ['of a model that may think in silence', { model: 'gpt-5' }],
    ['with a cap that is no larger than a slice', { max_tokens: sliceTokens }],
    ['that answers at once', { stream: false }],
  ])('holds the whole of its cap from the beginning: %s', async (_name, fields) => {
    provider.script({ answer: 'Yes' });
    const completer = complete();
    expect(await completer.ask({ ...ask, ...fields }).done).toBeUndefined();
    expect(completer.cost.asked.map(({ kind }) => kind)).toEqual(['reserve']);
    const cap = fields.max_tokens ?? 20_000;
    expect(completer.cost.holds[0]?.amountNanoUsd).toBeGreaterThan(cap * 2_000);
  });

  test('tells its cost and the rest of the budget in the chunk of its usage', async () => {
    provider.script({ answer: 'Yes' });
    const completer = complete();
    const { reply, done } = completer.ask({ ...ask, stream_options: { include_usage: true } });
    expect(await done).toBeUndefined();
    const last = JSON.parse(reply.chunks.at(-1) ?? '{}') as { weir?: Record<string, string> };
    const { costNanoUsd = 0, limits } = reply.trailer ?? {};
    expect(Number(last.weir?.['cost_usd'])).toBeCloseTo(costNanoUsd / 1e9, 9);
    expect(last.weir?.['budget_remaining_usd']).toBe(limits?.[0]?.remaining);
  });
});

describe('usage that the provider has not told to the end', () => {
  test('of a stream that is cut is estimated from what was sent', async () => {
    provider.script({ answer, fault: { kind: 'cut', afterChunks: 50 } });
    const completer = complete({ limits: [] });
    expect(await completer.ask(ask).done).toMatchObject({ code: 'upstream_stream_cut' });
    const [attempt] = completer.attempts;
    expect(attempt?.usage.source).toBe('estimated');
    expect(attempt?.usage.uncachedInputTokens).toBeGreaterThan(0);
    expect(attempt?.usage.outputTokens).toBeGreaterThan(25);
    expect(attempt?.usage.outputTokens).toBeLessThan(100);
    expect(attempt?.cost?.nanoUsd).toBeGreaterThan(0);
  });

  test('of a whole answer that nobody waited for is a second of output at least, and never more than its cap', async () => {
    provider.script({ fault: { kind: 'slow_first_byte', delayMs: 60_000 } });
    let asked = 0;
    for (const [cap, expected] of [
      [5_000, 200],
      [50, 50],
    ] as const) {
      const completer = complete({ limits: [] });
      const leaving = new AbortController();
      const { done } = completer.ask({ ...ask, stream: false, max_tokens: cap }, { signal: leaving.signal });
      const received = ++asked;
      await eventually(() => {
        expect(provider.requests).toHaveLength(received);
      });
      leaving.abort(new Fault('client_closed_request'));
      expect(await done).toMatchObject({ code: 'client_closed_request' });
      expect(completer.attempts[0]).toMatchObject({
        maybeBilled: true,
        usage: { source: 'estimated', outputTokens: expected },
      });
    }
  });

  test('of what was never sent is nothing, and costs nothing', async () => {
    provider.script({ fault: { kind: 'status', status: 400 } });
    const completer = complete({ limits: [] });
    await completer.ask(ask).done;
    expect(completer.attempts).toMatchObject([
      { maybeBilled: false, usage: { source: 'missing', outputTokens: 0 }, cost: { nanoUsd: 0 } },
    ]);
  });
});

function contentOf(chunks: readonly string[]): string {
  return chunks
    .map((chunk) => JSON.parse(chunk) as { choices: { delta: { content?: string } }[] })
    .map(({ choices }) => choices[0]?.delta.content ?? '')
    .join('');
}
