import { chatRequestSchema } from '@weir/contracts/chat/request';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { describeIssue, parseOrFault, schemaFault } from './schema-fault.ts';

const chat = { model: 'm', messages: [{ role: 'user', content: 'x' }] };
const withContent = (content: unknown) => ({ ...chat, messages: [{ role: 'user', content }] });

function faultOf(body: unknown) {
  const parsed = chatRequestSchema.safeParse(body, { error: describeIssue });
  if (parsed.success) throw new Error('The body is valid.');
  const { message, details } = schemaFault(parsed.error);
  return [message, details.param];
}

test.each([
  [{}, 'model is required; messages is required.', 'model'],
  [null, 'The body must be an object.', undefined],
  [{ ...chat, messages: [] }, 'messages must have at least 1 item.', 'messages'],
  [{ ...chat, temperature: 3 }, 'temperature must be at most 2.', 'temperature'],
  [{ ...chat, max_tokens: 0 }, 'max_tokens must be greater than 0.', 'max_tokens'],
  [{ ...chat, n: 1.5 }, 'n must be an integer.', 'n'],
  [{ ...chat, logprobs: 'yes' }, 'logprobs must be true or false.', 'logprobs'],
  [{ ...chat, metadata: { a: 1 } }, 'metadata.a must be a string.', 'metadata.a'],
  [{ ...chat, stop: 5 }, 'stop must be a string or must be an array.', 'stop'],
  [
    withContent(1),
    'messages[0].content must be a string or an array of content parts.',
    'messages[0].content',
  ],
])('%j: %s', (body, message, param) => {
  expect(faultOf(body)).toEqual([message, param]);
});

test('of several forms, the one that the value fits furthest is spoken of', () => {
  expect(faultOf(withContent([{ type: 'text' }]))).toEqual([
    'messages[0].content[0].text is required.',
    'messages[0].content[0].text',
  ]);
  expect(faultOf(withContent([{ type: 'zip' }]))).toEqual([
    'messages[0].content[0].type must be one of "text", "image_url", "input_audio", "file".',
    'messages[0].content[0].type',
  ]);
  expect(faultOf({ ...chat, tool_choice: { type: 'some' } })).toEqual([
    'tool_choice.type must be one of "allowed_tools", "custom".',
    'tool_choice.type',
  ]);
});

test('of many problems the first three are told', () => {
  const [message] = faultOf({ ...chat, n: 'a', seed: 'b', user: 3, top_p: 4 });
  expect(message).toBe('n must be a number; top_p must be at most 1; seed must be a number.');
});

test("a key of the caller's own is told in part only", () => {
  const [, param] = faultOf({ ...chat, metadata: { ['k'.repeat(10_000)]: 1 } });
  expect(param).toBe(`metadata.${'k'.repeat(64)}`);
});

test('a length that cannot be compared is one more thing that is not valid, and throws nothing of its own', () => {
  const list = z.array(z.string()).min(1);
  const value: unknown = JSON.parse('{"length":{"toString":null}}');
  expect(() => parseOrFault(list, value)).toThrow(expect.objectContaining({ code: 'invalid_request' }));
});
