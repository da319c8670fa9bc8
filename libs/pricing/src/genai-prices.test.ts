import { calcPrice, waitForUpdate, type Provider } from '@pydantic/genai-prices';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { aUsage } from '../test/a-usage.ts';
import { calculateCost } from './calculate-cost.ts';
import { fromGenaiPrices, genaiPricesSchema } from './genai-prices.ts';
import { PriceBook } from './price-book.ts';

const published = (await waitForUpdate()) ?? [];
const list = fromGenaiPrices(genaiPricesSchema.parse(published), 'test');
const ourNames: Record<string, string> = { google: 'gemini', 'x-ai': 'xai' };

/** What usage does not tell apart, and is charged at the dearer price on purpose. */
const isDearerHere = (keys: readonly string[]) =>
  keys.some((key) => /^output_(image|video|citation)/.test(key));

interface Case {
  readonly provider: Provider;
  readonly ours: string;
  readonly model: string;
}

const cases: readonly Case[] = published.flatMap((provider) => {
  const ours = ourNames[provider.id] ?? provider.id;
  return Object.keys(list.providers[ours]?.models ?? {}).map((model) => ({ provider, ours, model }));
});

test('costs are those of genai-prices itself, of every model and for any usage, but for the rounding', () => {
  const book = new PriceBook({ readSeed: () => list });
  const tokens = fc.oneof(fc.constant(0), fc.nat({ max: 300_000 }));
  const usage = fc.record({
    uncachedInputTokens: tokens,
    cacheReadTokens: tokens,
    cacheWrite5mTokens: tokens,
    cacheWrite1hTokens: tokens,
    audioInputTokens: tokens,
    imageInputTokens: tokens,
    outputTokens: tokens,
    audioOutputTokens: tokens,
    webSearchRequests: fc.nat(5),
  });
  const time = fc.integer({ min: Date.UTC(2025, 0, 1), max: Date.UTC(2027, 5, 1) });
  let compared = 0;
  fc.assert(
    fc.property(fc.constantFrom(...cases), usage, time, ({ provider, ours, model }, used, atMs) => {
      const theirs = calcPrice(toTheirs(used), model, { provider, timestamp: new Date(atMs) });
      // Of models whose names another's rule takes, too, the package finds the other.
      if (theirs?.model.id !== model || isDearerHere(Object.keys(theirs.model_price))) return;
      const price = book.find({ name: ours, baseUrl: 'http://test', isOwnHost: false }, model, atMs);
      const cost = price && calculateCost(price, aUsage(used));
      const expected = theirs.total_price * 1_000_000_000;
      expect(Math.abs((cost ?? -1) - expected)).toBeLessThanOrEqual(1 + expected * 5e-9);
      compared++;
    }),
    { numRuns: 2_000 },
  );
  expect(compared).toBeGreaterThan(1_500);
});

function toTheirs(
  used: Omit<Parameters<typeof aUsage>[0], 'source' | 'modelServed'>,
): Record<string, number> {
  const {
    uncachedInputTokens = 0,
    cacheReadTokens = 0,
    cacheWrite5mTokens = 0,
    cacheWrite1hTokens = 0,
    audioInputTokens = 0,
    imageInputTokens = 0,
    outputTokens = 0,
    audioOutputTokens = 0,
    webSearchRequests = 0,
  } = used;
  const written = cacheWrite5mTokens + cacheWrite1hTokens;
  return {
    input_tokens: uncachedInputTokens + cacheReadTokens + written + audioInputTokens + imageInputTokens,
    cache_read_tokens: cacheReadTokens,
    cache_write_tokens: written,
    cache_write_1h_tokens: cacheWrite1hTokens,
    input_audio_tokens: audioInputTokens,
    input_image_tokens: imageInputTokens,
    cache_audio_read_tokens: 0,
    cache_image_read_tokens: 0,
    output_tokens: outputTokens + audioOutputTokens,
    output_audio_tokens: audioOutputTokens,
    web_searches: webSearchRequests,
  };
}
