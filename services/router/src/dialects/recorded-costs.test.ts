import type { UsageRecord } from '@weir/contracts/usage-record';
import { calculateCost } from '@weir/pricing/calculate-cost';
import { PriceBook } from '@weir/pricing/price-book';
import { expect, test } from 'vitest';
import { context, readRecordedEvents } from '../../test/recorded/recorded.ts';
import type { WireEvent } from '../domain/dialect.ts';
import { dialects } from './dialects.ts';

const book = new PriceBook();
const atMs = Date.parse('2026-11-01T12:00:00Z');

/** The published rates, dollars for a million tokens, are millionths of a dollar for one: times tokens, by hand. */
type Recorded = [provider: string, model: string, file: string, microUsd: number];

test.each<Recorded>([
  ['openai', 'gpt-4o-2024-08-06', 'openai/text.stream.sse', 19 * 2.5 + 10 * 10],
  ['openai', 'gpt-4.1-2025-04-14', 'openai/tools.stream.sse', 82 * 2 + 33 * 8],
  ['azure', 'gpt-4o-2024-11-20', 'hosts/azure.stream.sse', 9 * 2.5 + 2 * 10],
  // 64 of the 128 tokens of the input are cached, and are in both of the figures that this host tells.
  ['deepseek', 'deepseek-reasoner', 'hosts/deepseek.stream.sse', 64 * 0.55 + 64 * 0.14 + 40 * 2.19],
  ['openrouter', 'qwen/qwen3-32b', 'hosts/openrouter.stream.sse', 12 * 0.1 + 6 * 0.3],
  // Cache writes and reads are told when the stream begins, and once more when it ends.
  [
    'anthropic',
    'claude-sonnet-4-5-20250929',
    'anthropic/text.stream.sse',
    25 * 3 + 60 * 3.75 + 40 * 6 + 2_000 * 0.3 + 15 * 15,
  ],
  ['anthropic', 'claude-opus-4-8', 'anthropic/tools.stream.sse', 472 * 5 + 89 * 25],
  ['anthropic', 'claude-opus-5-5', 'anthropic/thinking.stream.sse', 61 * 4 + 210 * 20],
  ['anthropic', 'claude-sonnet-4-6', 'anthropic/web-search.stream.sse', 10_682 * 3 + 510 * 15 + 10_000],
  ['ollama', 'llama3.2', 'ollama/text.stream.ndjson', 0],
])('the recorded stream of %s, %s, %s costs %d millionths of a dollar', (provider, model, file, microUsd) => {
  const usage = read(file, provider);
  expect(costOf(provider, model, usage)).toBe(nanoUsd(microUsd));
});

test('cached tokens that OpenAI tells in a stream are priced once', () => {
  const usage = read('openai/text.stream.sse', 'openai', ({ data }) => ({
    data: data.replace('"cached_tokens":0', '"cached_tokens":16'),
  }));
  expect(usage).toMatchObject({ uncachedInputTokens: 3, cacheReadTokens: 16 });
  expect(costOf('openai', 'gpt-4o-2024-08-06', usage)).toBe(nanoUsd(3 * 2.5 + 16 * 1.25 + 10 * 10));
});

function read(file: string, provider: string, change: (event: WireEvent) => WireEvent = (event) => event) {
  const dialect = provider === 'anthropic' || provider === 'ollama' ? provider : 'openai';
  const stream = dialects[dialect].createStreamParser(context);
  for (const event of readRecordedEvents(file)) stream.push(change(event));
  return stream.usage();
}

function costOf(provider: string, model: string, usage: UsageRecord): number | undefined {
  const host = { name: provider, baseUrl: 'http://test', isOwnHost: provider === 'ollama' };
  const price = book.find(host, model, atMs);
  return price && calculateCost(price, usage);
}

function nanoUsd(microUsd: number): number {
  return Math.round(microUsd * 1_000);
}
