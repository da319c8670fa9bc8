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
  [{ ...chat, n: 20_000 }, 'n must be at most 16384.', 'n'],
  [{ ...chat, temperature: 'hot' }, 'temperature must be a number.', 'temperature'],
  [{ ...chat, reasoning_effort: {} }, 'reasoning_effort must be a string.', 'reasoning_effort'],
  [{ ...chat, seed: 1e300 }, 'seed must be an integer from -2^63 to 2^63 - 1.', 'seed'],
  [{ ...chat, max_tokens: 0 }, 'max_tokens must be greater than 0.', 'max_tokens'],
  [{ ...chat, max_tokens: 'many' }, 'max_tokens must be an integer.', 'max_tokens'],
  [{ ...chat, n: 1.5 }, 'n must be an integer.', 'n'],
  [{ ...chat, logprobs: 'yes' }, 'logprobs must be true or false.', 'logprobs'],
  [{ ...chat, metadata: 'a' }, 'metadata must be an object.', 'metadata'],
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
  expect(faultOf({ ...chat, tool_choice: { type: 'function', function: {} } })).toEqual([
    'tool_choice.function.name is required.',
    'tool_choice.function.name',
  ]);
});

test('of a known type, what is wrong with its form is told, however much that is; of others only a type that is none', () => {
  expect(faultOf({ ...chat, tools: [{ type: 'function', function: {} }] })).toEqual([
    'tools[0].function.name is required.',
    'tools[0].function.name',
  ]);
  const call = { type: 'function', function: { arguments: 1 } };
  expect(faultOf({ ...chat, messages: [{ role: 'assistant', tool_calls: [call] }] })).toEqual([
    'messages[0].tool_calls[0].function.arguments must be a string.',
    'messages[0].tool_calls[0].function.arguments',
  ]);
  for (const part of [{ type: 1 }, { text: 'x' }]) {
    expect(faultOf(withContent([part]))).toEqual([
      'messages[0].content[0].type must be a string.',
      'messages[0].content[0].type',
    ]);
  }
  expect(faultOf(withContent(['x']))).toEqual([
    'messages[0].content[0] must be an object.',
    'messages[0].content[0]',
  ]);
});

test('of many problems the first three are told', () => {
  const [message] = faultOf({ ...chat, n: 'a', seed: 'b', user: 3, top_p: 'c' });
  expect(message).toBe('n must be a number; top_p must be a number; seed must be an integer.');
});

test("a key of the caller's own is told in part only", () => {
  const texts = z.record(z.string(), z.string());
  const param = 'k'.repeat(64);
  expect(() => parseOrFault(texts, { ['k'.repeat(10_000)]: 1 })).toThrow(
    expect.objectContaining({ details: expect.objectContaining({ param }) as unknown }),
  );
});

test('a length that cannot be compared is one more thing that is not valid, and throws nothing of its own', () => {
  const list = z.array(z.string()).min(1);
  const value: unknown = JSON.parse('{"length":{"toString":null}}');
  expect(() => parseOrFault(list, value)).toThrow(expect.objectContaining({ code: 'invalid_request' }));
});

const many = <T>(count: number, value: T) => new Array<T>(count).fill(value);

test.each([
  ['messages that are none', { ...chat, messages: many(90_000, { role: 'x' }) }, 'messages[0].role'],
  ['messages without a role', { ...chat, messages: many(90_000, {}) }, 'messages[0].role'],
  ['parts that are none', withContent(many(90_000, 1)), 'messages[0].content[0]'],
  ['stops that are none', { ...chat, stop: many(99_000, 1) }, 'stop[0]'],
  ['tools that are none', { ...chat, tools: many(90_000, {}) }, 'tools[0].type'],
  ['modalities that are none', { ...chat, modalities: many(90_000, {}) }, 'modalities[0]'],
])('a request of %s has one fault, and is judged no further', (_what, body, param) => {
  const { error } = chatRequestSchema.safeParse(body, { error: describeIssue });
  expect(error?.issues).toHaveLength(1);
  expect(faultOf(body)[1]).toBe(param);
});

test('of unknown fields by the thousand three are named, and each in part', () => {
  const body = Object.fromEntries(
    many(5_000, 'x').map((name, index) => [name.repeat(1_000) + String(index), 1]),
  );
  expect(() => parseOrFault(z.strictObject({}), body)).toThrow(
    many(3, `${'x'.repeat(64)} is not a known field`).join('; '),
  );
});

test('unknown fields of a request, however many, are not looked at', () => {
  const unknown = Object.fromEntries(many(99_000, 1).entries());
  const body = { ...chat, messages: [{ role: 'user', content: 'x', ...unknown }], ...unknown };
  expect(chatRequestSchema.parse(body)).toBe(body);
});
