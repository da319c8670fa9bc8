import type { ChatUsage } from '@weir/contracts/chat/usage';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { toUsageRecord } from './usage.ts';

const record = (usage: ChatUsage) => toUsageRecord({ usage, model: 'm' });
const used = (prompt: number, completion: number, total = prompt + completion) => ({
  prompt_tokens: prompt,
  completion_tokens: completion,
  total_tokens: total,
});

test('reasoning is a part of the output and is counted once', () => {
  expect(record({ ...used(10, 50), completion_tokens_details: { reasoning_tokens: 40 } })).toMatchObject({
    outputTokens: 50,
    reasoningTokens: 40,
  });
});

test('reasoning that only the total has is output all the same', () => {
  // xAI names it, Gemini does not.
  const details = { completion_tokens_details: { reasoning_tokens: 400 } };
  for (const usage of [{ ...used(8, 12, 420), ...details }, used(8, 12, 420)]) {
    expect(record(usage)).toMatchObject({ outputTokens: 412, reasoningTokens: 400 });
  }
});

test('cached tokens that are audio or images are not counted twice', () => {
  const details = { cached_tokens: 80, audio_tokens: 30, image_tokens: 10 };
  expect(record({ ...used(100, 0), prompt_tokens_details: details })).toMatchObject({
    cacheReadTokens: 80,
    audioInputTokens: 20,
    imageInputTokens: 0,
    uncachedInputTokens: 0,
  });
});

test.each(['prompt_cache_hit_tokens', 'cached_tokens', 'cache_read_input_tokens'])(
  'cached tokens are told by other names, which hold where the details say nothing: %s',
  (name) => {
    const usage = { ...used(100, 5), [name]: 80, cache_creation_input_tokens: 10 };
    const parts = { cacheReadTokens: 80, cacheWrite5mTokens: 10, uncachedInputTokens: 10 };
    expect(record(usage)).toMatchObject(parts);
    const details = { cached_tokens: 0, cache_write_tokens: 0 };
    expect(record({ ...usage, prompt_tokens_details: details })).toMatchObject({ uncachedInputTokens: 100 });
  },
);

test('cache writes are apart from the rest of the input', () => {
  const details = { cached_tokens: 20, cache_write_tokens: 50 };
  expect(record({ ...used(100, 0), prompt_tokens_details: details })).toMatchObject({
    cacheReadTokens: 20,
    cacheWrite5mTokens: 50,
    cacheWrite1hTokens: 0,
    uncachedInputTokens: 30,
  });
});

test("DeepSeek's name for cached tokens is known", () => {
  expect(record({ ...used(128, 1), prompt_cache_hit_tokens: 64 })).toMatchObject({ cacheReadTokens: 64 });
});

test('audio out is apart from the rest of the output', () => {
  expect(record({ ...used(1, 50), completion_tokens_details: { audio_tokens: 30 } })).toMatchObject({
    outputTokens: 20,
    audioOutputTokens: 30,
  });
});

test('an explicit zero is a count, and no report is none', () => {
  expect(record(used(0, 0)).source).toBe('provider');
  expect(toUsageRecord({ model: 'm' }).source).toBe('missing');
});

test('the parts always add up to what was reported', () => {
  const count = fc.nat(10_000);
  const usages = fc.record({
    prompt_tokens: count,
    completion_tokens: count,
    prompt_tokens_details: fc.record({
      cached_tokens: count,
      cache_write_tokens: count,
      audio_tokens: count,
      image_tokens: count,
    }),
    completion_tokens_details: fc.record({ reasoning_tokens: count, audio_tokens: count }),
  });
  fc.assert(
    fc.property(usages, (usage) => {
      const total = usage.prompt_tokens + usage.completion_tokens;
      const parts = record({ ...usage, total_tokens: total });
      const input =
        parts.uncachedInputTokens +
        parts.cacheReadTokens +
        parts.cacheWrite5mTokens +
        parts.audioInputTokens +
        parts.imageInputTokens;
      expect(input).toBe(usage.prompt_tokens);
      expect(parts.outputTokens + parts.audioOutputTokens).toBe(usage.completion_tokens);
      expect(parts.reasoningTokens).toBeLessThanOrEqual(parts.outputTokens);
    }),
  );
});

test('an absurd figure of a host is cut to what an answer might have', () => {
  const most = Number.MAX_SAFE_INTEGER;
  const usage = { prompt_tokens: most, completion_tokens: most, total_tokens: most };
  expect(toUsageRecord({ usage, model: 'm' })).toMatchObject({
    uncachedInputTokens: 100_000_000,
    outputTokens: 100_000_000,
  });
});

test('a part that is larger than its whole makes the report suspect', () => {
  const cached = { ...used(10, 5), prompt_tokens_details: { cached_tokens: 11 } };
  expect(record(cached).suspect).toEqual({ inputTokens: 10, outputTokens: 5 });
  expect(record({ ...cached, prompt_tokens: 11 }).suspect).toBeUndefined();
});
