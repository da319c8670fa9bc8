import type { UsageRecord } from '@weir/contracts/usage-record';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { aProvider } from '../../test/a-provider.ts';
import type { SentRequest } from '../admission/attempt-bound.ts';
import { missingUsage } from '../dialects/usage.ts';
import { usageOf, type AdmittedAttempt } from './attempt-bill.ts';
import { suspectClaim } from './suspect-usage.ts';

const sent = (chat: object = {}, content = 'Hello'): SentRequest => {
  const whole = { model: 'm', messages: [{ role: 'user' as const, content }], ...chat };
  return {
    chat: whole,
    body: JSON.stringify(whole),
    outputCapTokens: 1_000,
    target: { provider: aProvider(), model: { id: 'm', contextTokens: 200_000 } },
  };
};
const claimed = (fields: Partial<UsageRecord>): UsageRecord => ({
  ...missingUsage('m'),
  uncachedInputTokens: 10,
  outputTokens: 10,
  source: 'provider',
  ...fields,
});

describe('what cannot be is told apart:', () => {
  test.each<[string, Partial<UsageRecord>]>([
    ['2^53-1 tokens of input', { uncachedInputTokens: Number.MAX_SAFE_INTEGER }],
    ['more input than the bytes can be', { uncachedInputTokens: 20_000 }],
    ['more cached input than the bytes can be', { cacheReadTokens: 20_000 }],
    ['2^53-1 tokens of output', { outputTokens: Number.MAX_SAFE_INTEGER }],
    ['more output than the cap allows and a second can bring', { outputTokens: 7_000 }],
    ['searches that nobody asked for', { webSearchRequests: 1 }],
    ['input of a stream that was cut', { uncachedInputTokens: 1e9, source: 'missing' }],
  ])('%s', (_name, fields) => {
    const usage = claimed(fields);
    expect(suspectClaim(usage, sent(), 1_000)).toEqual({
      inputTokens: usage.uncachedInputTokens + usage.cacheReadTokens,
      outputTokens: usage.outputTokens,
    });
  });
});

test.each<[string, SentRequest, Partial<UsageRecord>, number]>([
  ['the prompt of a host around the request', sent(), { uncachedInputTokens: 9_000 }, 1_000],
  ['a token for each byte', sent({}, '字'.repeat(20_000)), { uncachedInputTokens: 60_000 }, 1_000],
  [
    'a file as long as the window',
    sent({ messages: [{ role: 'user', content: [{ type: 'file', file: { file_id: 'f' } }] }] }),
    { uncachedInputTokens: 200_000 },
    1_000,
  ],
  ['what a search has found', sent({ web_search_options: {} }), { uncachedInputTokens: 300_000 }, 1_000],
  ['what a host has stored', sent({ cached_content: 'c' }), { cacheReadTokens: 900_000 }, 1_000],
  ['reasoning beside the cap', sent(), { outputTokens: 40_000 }, 10_000],
])('what can be is believed: %s', (_name, request, fields, latencyMs) => {
  expect(suspectClaim(claimed(fields), request, latencyMs)).toBeUndefined();
});

const attempt = (request: SentRequest): AdmittedAttempt => ({
  ...request,
  purpose: 'first',
  startedAtMs: 0,
  price: undefined,
  held: undefined,
});

test('whatever a provider claims, what is charged is within what the request can have used', () => {
  const count = fc.oneof(fc.nat(2_000), fc.constantFrom(1e5, 1e8, 1e12, Number.MAX_SAFE_INTEGER));
  fc.assert(
    fc.property(
      count,
      count,
      fc.constantFrom('provider' as const, 'missing' as const),
      (input, output, source) => {
        const reported = claimed({ uncachedInputTokens: input, outputTokens: output, source });
        const end = {
          reported,
          maybeBilled: true,
          latencyMs: 1_000,
          output: undefined,
          completion: undefined,
        };
        const usage = usageOf(attempt(sent()), end);
        expect(usage.uncachedInputTokens).toBeLessThan(11_000);
        expect(usage.outputTokens).toBeLessThanOrEqual(6_000);
        expect(usage.suspect !== undefined).toBe(input > 11_000 || output > 6_000);
        if (usage.suspect)
          expect(usage).toMatchObject({ source: 'estimated', suspect: { inputTokens: input } });
      },
    ),
  );
});
