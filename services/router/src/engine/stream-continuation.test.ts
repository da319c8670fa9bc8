import type { ChatRequest } from '@weir/contracts/chat/request';
import { expect, test } from 'vitest';
import { StreamContinuation } from './stream-continuation.ts';

const chat: ChatRequest = { model: 'm', stream: true, messages: [{ role: 'user', content: 'Count' }] };

const chunk = (delta: object, fields: object = {}) =>
  JSON.stringify({
    id: 'one',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'first',
    choices: [{ index: 0, delta, finish_reason: null, ...fields }],
  });

function continuationOf(...chunks: string[]): StreamContinuation {
  const continuation = new StreamContinuation();
  for (const text of chunks) continuation.note(text);
  return continuation;
}

test('another model is given what was said, and asked to go on', () => {
  const continuation = continuationOf(
    chunk({ role: 'assistant', content: '' }),
    chunk({ content: 'one, ' }),
    chunk({ content: 'two' }),
  );
  const { messages } = continuation.restOf(chat, undefined) ?? chat;
  expect(messages.slice(0, 2)).toEqual([...chat.messages, { role: 'assistant', content: 'one, two' }]);
  expect(messages).toHaveLength(3);
});

test('a text that is too long to be compared with what comes is not continued', () => {
  const piece = chunk({ content: 'x'.repeat(128 * 1024) });
  expect(continuationOf(piece, piece).isPossible).toBe(true);
  expect(continuationOf(piece, piece, chunk({ content: 'x' })).isPossible).toBe(false);
});

test('half of an emoji is not sent on, which providers refuse', () => {
  const continuation = continuationOf(chunk({ content: 'Hi \ud83d' }));
  for (const prefill of [undefined, 'trailing_message'] as const) {
    const sent = JSON.stringify(continuation.restOf(chat, prefill)?.messages);
    expect(sent).toMatch(/"content":"Hi ?"/);
  }
});

test('a stream of which only thoughts were seen is begun anew', () => {
  expect(continuationOf(chunk({ reasoning_content: 'Hm' })).restOf(chat, undefined)).toEqual(chat);
});

test('what was said counts towards the cap on the output', () => {
  const continuation = continuationOf(chunk({ content: 'x'.repeat(40) }));
  expect(continuation.restOf({ ...chat, max_tokens: 100 }, undefined)?.max_tokens).toBe(90);
  expect(continuation.restOf({ ...chat, max_completion_tokens: 4 }, undefined)?.max_completion_tokens).toBe(
    1,
  );
});

test.each([
  ['a tool call has begun', [chunk({ tool_calls: [{ index: 0, id: 'c', function: { name: 'f' } }] })]],
  ['the answer has ended', [chunk({ content: 'x' }), chunk({}, { finish_reason: 'stop' })]],
  ['the model refuses', [chunk({ refusal: 'No' })]],
  ['there is a second answer', [chunk({ content: 'x' }), chunk({ content: 'y' }, { index: 1 })]],
])('nobody can go on where %s', (_name, chunks) => {
  expect(continuationOf(...chunks).isPossible).toBe(false);
});

test.each([
  ['several answers', { n: 2 }],
  ['JSON', { response_format: { type: 'json_object' as const } }],
  ['log probabilities', { logprobs: true }],
])('nobody goes on who would give %s', (_name, fields) => {
  expect(continuationOf(chunk({ content: 'x' })).restOf({ ...chat, ...fields }, undefined)).toBeUndefined();
});

test.each([
  ['trailing_message', { role: 'assistant', content: 'one,' }, {}],
  ['prefix', { role: 'assistant', content: 'one,', prefix: true }, {}],
  [
    'continue_final_message',
    { role: 'assistant', content: 'one,' },
    { continue_final_message: true, add_generation_prompt: false },
  ],
] as const)('a target that continues a message itself is given it last: %s', (prefill, message, fields) => {
  const rest = continuationOf(chunk({ content: 'one, ' })).restOf(chat, prefill);
  expect(rest).toMatchObject({ ...fields, messages: [...chat.messages, message] });
  expect(Object.keys(rest ?? {})).toHaveLength(Object.keys(chat).length + 2 + Object.keys(fields).length);
});

test('an answer that the caller has begun is one message with what was said of it', () => {
  const begun: ChatRequest = {
    ...chat,
    messages: [...chat.messages, { role: 'assistant', content: 'I count: ' }],
  };
  const rest = continuationOf(chunk({ content: 'one' })).restOf(begun, 'trailing_message');
  expect(rest?.messages).toEqual([...chat.messages, { role: 'assistant', content: 'I count: one' }]);
});

test.each([
  ['images', { images: [{ type: 'image_url', image_url: { url: 'data:,' } }] }],
  ['fields that nobody knows', { annotations: [{ type: 'url_citation' }] }],
])('nobody can go on after %s, while empty fields and thoughts are nothing', (_name, delta) => {
  const silent = {
    annotations: [],
    audio: null,
    reasoning_details: [{ type: 'reasoning.text', text: 'Hm' }],
  };
  expect(continuationOf(chunk({ content: 'x', ...silent })).isPossible).toBe(true);
  expect(continuationOf(chunk({ content: 'x' }), chunk(delta)).isPossible).toBe(false);
});
