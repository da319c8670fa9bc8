import type { ChatCompletion } from '@weir/contracts/chat/completion';
import { usageRecord } from '@weir/testkit/usage-record';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { assemble } from './assemble.ts';
import { keepable } from './keepable.ts';
import { replay, split } from './replay.ts';

const usage = usageRecord({ uncachedInputTokens: 7, cacheReadTokens: 3, outputTokens: 5 });

const head = { id: 'c1', created: 1_780_000_000, model: 'gpt-5-mini' };
const message = { role: 'assistant', content: 'Hello' };

const whole = (given: object = {}, choice: object = {}, top: object = {}) => ({
  ...{ ...head, object: 'chat.completion' },
  choices: [{ index: 0, message: { ...message, ...given }, finish_reason: 'stop', ...choice }],
  usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 },
  ...top,
});

const chunk = (delta: object, choice: object = {}, top: object = {}) => ({
  ...{ ...head, object: 'chat.completion.chunk' },
  choices: [{ index: 0, delta, finish_reason: null, ...choice }],
  ...top,
});
const lastChunk = chunk({}, { finish_reason: 'stop' });

const kept = (answer: ReturnType<typeof keepable>): ChatCompletion => {
  if ('reason' in answer) throw new Error(answer.reason);
  return answer.completion;
};

/** Answers of every form that is kept. */
const completions = fc
  .record({
    choices: fc.array(
      fc.record({
        content: fc
          .string({ unit: 'binary', minLength: 1, maxLength: 300 })
          .map((text) => `a${text.toWellFormed()}`),
        reasoning: fc.option(fc.string({ minLength: 1 }), { nil: undefined }),
        annotations: fc.option(fc.array(fc.constant({ type: 'url_citation' }), { minLength: 1 }), {
          nil: undefined,
        }),
        logprobs: fc.option(
          fc.array(
            fc.record({
              token: fc.string(),
              logprob: fc.double({ noNaN: true, noDefaultInfinity: true, max: 0 }),
            }),
            {
              minLength: 1,
            },
          ),
          { nil: undefined },
        ),
        extra: fc.option(fc.constant('</s>'), { nil: undefined }),
      }),
      { minLength: 1, maxLength: 3 },
    ),
    fingerprint: fc.option(fc.string({ minLength: 1 }), { nil: undefined }),
  })
  .map(({ choices, fingerprint }) =>
    whole(
      {},
      {},
      {
        system_fingerprint: fingerprint,
        choices: choices.map(({ content, reasoning, annotations, logprobs, extra }, index) => ({
          ...{ index, finish_reason: 'stop', stop_reason: extra },
          message: { role: 'assistant', content, reasoning_content: reasoning, annotations },
          logprobs: logprobs && { content: logprobs },
        })),
      },
    ),
  );

test('an answer that is split and put together again is the same', () => {
  fc.assert(
    fc.property(completions, (answer) => {
      const completion = kept(keepable(answer, usage));
      expect(kept(assemble(split(completion, true), usage))).toEqual(completion);
    }),
  );
});

test('a stream becomes the answer that would have come whole', () => {
  const chunks = [
    chunk({ role: 'assistant', content: '', refusal: null }),
    chunk({ reasoning_content: 'Hm.' }),
    chunk(
      { content: 'Hel' },
      { logprobs: { content: [{ token: 'Hel', logprob: -1 }], refusal: null } },
      { obfuscation: 'x' },
    ),
    chunk({ content: 'lo', tool_calls: [] }, { logprobs: { content: [{ token: 'lo', logprob: -2 }] } }),
    lastChunk,
    { ...head, object: 'chat.completion.chunk', choices: [], usage: whole().usage, weir: { guardrails: '' } },
  ];
  expect(kept(assemble(chunks, usage))).toEqual(
    kept(
      keepable(
        whole(
          { reasoning_content: 'Hm.', tool_calls: undefined },
          {
            logprobs: {
              content: [
                { token: 'Hel', logprob: -1 },
                { token: 'lo', logprob: -2 },
              ],
            },
          },
        ),
        usage,
      ),
    ),
  );
});

test('usage that the answer does not tell comes from what was counted', () => {
  const { usage: told } = kept(assemble([chunk({ content: 'Hi' }), lastChunk], usage));
  expect(told).toMatchObject({ prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 });
});

describe('an answer is not kept', () => {
  test.each<[string, object, string]>([
    ['was cut', whole({}, { finish_reason: 'length' }), 'unfinished'],
    ['was filtered', whole({}, { finish_reason: 'content_filter' }), 'unfinished'],
    [
      'calls tools',
      whole({ tool_calls: [{ id: 'a', type: 'function', function: { name: 'f', arguments: '{}' } }] }),
      'tool_calls',
    ],
    ['calls a function', whole({ function_call: { name: 'f', arguments: '{}' } }), 'tool_calls'],
    ['refuses', whole({ content: null, refusal: 'No.' }), 'refusal'],
    ['is empty', whole({ content: ' \n' }), 'empty'],
    ['is null', whole({ content: null }), 'empty'],
    ['speaks', whole({ audio: { id: 'a', data: '' } }), 'media'],
    ['shows images', whole({ images: [{}] }), 'media'],
    ['says what we do not know', whole({ novelty: [{}] }), 'unknown_field'],
    ['is an error', { error: { message: 'x' } }, 'malformed'],
    ['lacks a choice', whole({}, { index: 1 }), 'malformed'],
    [
      'has one choice that was cut',
      whole({}, {}, { choices: [whole().choices[0], { index: 1, message, finish_reason: 'length' }] }),
      'unfinished',
    ],
  ])('that %s', (_, answer, reason) => {
    expect(keepable(answer, usage)).toEqual({ reason });
  });

  test.each<[string, object[], string]>([
    ['stops in the middle', [chunk({ content: 'Hel' })], 'unfinished'],
    ['has no chunk', [], 'malformed'],
    ['has none that says anything', [{ ...lastChunk, choices: [] }], 'unfinished'],
    ['was cut', [chunk({ content: 'Hel' }), chunk({}, { finish_reason: 'length' })], 'unfinished'],
    [
      'was filtered',
      [chunk({ content: 'Hel' }), chunk({}, { finish_reason: 'content_filter' })],
      'unfinished',
    ],
    ['calls tools', [chunk({ content: 'x', tool_calls: [{ index: 0, id: 'a' }] }), lastChunk], 'tool_calls'],
    ['refuses', [chunk({ refusal: 'No.' }), lastChunk], 'refusal'],
    ['is empty', [chunk({ content: '' }), lastChunk], 'empty'],
    ['says what we do not know', [chunk({ content: 'x', novelty: [{}] }), lastChunk], 'unknown_field'],
    [
      'says it in pieces',
      [chunk({ content: 'x', mood: 'a' }), chunk({ mood: 'b' }), lastChunk],
      'unknown_field',
    ],
    ['is an error', [chunk({ content: 'x' }), { error: { message: 'x' } }], 'malformed'],
    [
      'ends in another way later',
      [chunk({ content: 'x' }), lastChunk, chunk({}, { finish_reason: 'content_filter' })],
      'unknown_field',
    ],
  ])('whose stream %s', (_, chunks, reason) => {
    expect(assemble(chunks, usage)).toEqual({ reason });
  });
});

test('a hit comes as it is asked for', () => {
  const json = JSON.stringify(kept(keepable(whole(), usage)));
  expect(replay(json, {})).toEqual({ completion: json });
  const chunksOf = (options?: { include_usage: boolean }) => {
    const replayed = replay(json, { stream: true, stream_options: options });
    return 'chunks' in replayed
      ? replayed.chunks.map((text) => JSON.parse(text) as { usage?: object; choices: unknown[] })
      : [];
  };
  expect(chunksOf().every(({ usage: told }) => told === undefined)).toBe(true);
  expect(chunksOf({ include_usage: true }).at(-1)).toMatchObject({
    choices: [],
    usage: { total_tokens: 15 },
  });
  expect(chunksOf().at(-1)).toMatchObject({ choices: [{ finish_reason: 'stop' }] });
});

test('signed thoughts are left out of what is kept: they are for their own conversation', () => {
  const signed = [{ type: 'reasoning.text', text: 'Hm.', signature: 'c2ln', index: 0 }];
  const thoughts = { reasoning_content: 'Hm.', reasoning_details: signed };
  const expected = { role: 'assistant', content: 'Hello', refusal: null, reasoning_content: 'Hm.' };
  expect(kept(keepable(whole(thoughts), usage)).choices[0]?.message).toEqual(expected);
  const chunks = [chunk(thoughts), chunk({ content: 'Hello' }), lastChunk];
  expect(kept(assemble(chunks, usage)).choices[0]?.message).toEqual(expected);
});
