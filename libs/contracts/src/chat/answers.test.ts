import { expect, test } from 'vitest';
import { chatChunkSchema } from './chunk.ts';
import { chatCompletionSchema } from './completion.ts';

test('a completion as OpenAI sends it is read whole', () => {
  const completion = {
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1_790_000_000,
    model: 'gpt-5-mini-2025-08-07',
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: 'Hi', refusal: null, annotations: [] },
        logprobs: {
          content: [{ token: 'Hi', logprob: -0.1, bytes: [72, 105], top_logprobs: [] }],
          refusal: null,
        },
        finish_reason: 'stop',
      },
    ],
    usage: {
      prompt_tokens: 9,
      completion_tokens: 12,
      total_tokens: 21,
      prompt_tokens_details: { cached_tokens: 4, audio_tokens: 0 },
      completion_tokens_details: { reasoning_tokens: 8, audio_tokens: 0, accepted_prediction_tokens: 0 },
    },
    service_tier: 'default',
    system_fingerprint: null,
  };
  expect(chatCompletionSchema.parse(completion)).toEqual(completion);
});

test('an answer without choices is not a completion', () => {
  const nothing = { id: 'c', object: 'chat.completion', created: 0, model: 'm', choices: [] };
  expect(chatCompletionSchema.safeParse(nothing).success).toBe(false);
});

test.each([
  { choices: [{ index: 0, delta: { role: 'assistant', content: '' }, finish_reason: null }], usage: null },
  {
    choices: [
      {
        index: 0,
        delta: { tool_calls: [{ index: 0, function: { arguments: '{"a' } }] },
        finish_reason: null,
      },
    ],
  },
  { choices: [{ index: 0, delta: {}, finish_reason: 'tool_calls' }] },
  { choices: [], usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 } },
])('a chunk as OpenAI sends it is read whole: %j', (parts) => {
  const chunk = { id: 'c', object: 'chat.completion.chunk', created: 0, model: 'm', ...parts };
  expect(chatChunkSchema.parse(chunk)).toEqual(chunk);
});
