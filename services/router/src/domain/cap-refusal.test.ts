import { describe, expect, test } from 'vitest';
import { otherCapParam, refusesStreamOptions, smallerCapTokens } from './cap-refusal.ts';

describe('a refused cap is followed by one that fits', () => {
  test.each([
    [
      "This model's maximum context length is 8192 tokens. However, you requested 9104 tokens (5008 in the messages, 4096 in the completion). Please reduce the length of the messages or completion.",
      4_096,
      3_184,
    ],
    [
      "'max_tokens' or 'max_completion_tokens' is too large: 4096. This model's maximum context length is 8192 tokens and your request has 5008 input tokens (4096 > 8192 - 5008).",
      4_096,
      3_184,
    ],
    [
      "This endpoint's maximum context length is 131072 tokens. However, you requested about 140000 tokens (125000 of text input, 15000 in the output). Please reduce the length of either one.",
      15_000,
      6_072,
    ],
    [
      'input length and `max_tokens` exceed context limit: 199759 + 8192 > 200000, decrease input length or `max_tokens` and try again',
      8_192,
      241,
    ],
    [
      'max_tokens: 16384 > 8192, which is the maximum allowed number of output tokens for claude-3-5-haiku',
      16_384,
      8_192,
    ],
    [
      'max_tokens is too large: 16384. This model supports at most 4096 completion tokens, whereas you provided 16384.',
      16_384,
      4_096,
    ],
    [
      '`max_tokens` must be less than or equal to `8192`, the maximum value for `max_tokens` is less than the `context_window` for this model',
      16_384,
      8_192,
    ],
    ['Invalid max_tokens value, the valid range of max_tokens is [1, 8192]', 16_384, 8_192],
    // It counts the prompt up to the first token too many, and no further.
    [
      "This model's maximum context length is 8192 tokens. However, you requested 4096 output tokens and your prompt contains at least 4097 input tokens, for a total of at least 8193 tokens.",
      4_096,
      1_024,
    ],
    ['max_tokens is too large', 16_384, 4_096],
  ])('%s', (refusal, sent, expected) => {
    expect(smallerCapTokens(refusal, sent)).toBe(expected);
  });

  test.each([
    "This model's maximum context length is 8192 tokens. However, you requested 13104 tokens (9008 in the messages, 4096 in the completion).",
    "Invalid value for 'messages[0].content'",
    'temperature must be less than or equal to 1',
    '',
  ])('but not where the prompt alone is too long, or something else is meant: %s', (refusal) => {
    expect(smallerCapTokens(refusal, 4_096)).toBeUndefined();
  });

  test('a text of any length is read at once', () => {
    const began = performance.now();
    for (const part of ['max_tokens 1 > ', 'maximum context length is 1', '9'.repeat(9), '[1,', '1 + 1']) {
      smallerCapTokens(`max_tokens ${part.repeat(64 * 1024)}`.slice(0, 64 * 1024), 4_096);
    }
    expect(performance.now() - began).toBeLessThan(1_000);
  });
});

test('a host that does not know the name of the cap is sent the other', () => {
  const openai =
    "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.";
  expect(otherCapParam(openai, 'max_tokens')).toBe('max_completion_tokens');
  expect(otherCapParam(openai, 'max_completion_tokens')).toBeUndefined();
  const strict = 'max_completion_tokens: Extra inputs are not permitted';
  expect(otherCapParam(strict, 'max_completion_tokens')).toBe('max_tokens');
  expect(otherCapParam(strict, 'max_tokens')).toBeUndefined();
  expect(otherCapParam('max_tokens is too large', 'max_tokens')).toBeUndefined();
});

test('a host that refuses to tell the usage of streams says so by its name', () => {
  expect(refusesStreamOptions("Unknown parameter: 'stream_options'.")).toBe(true);
  expect(refusesStreamOptions('Unknown parameter: stream')).toBe(false);
});
