import { chatRequestSchema } from '@weir/contracts/chat/request';
import { expect, test } from 'vitest';
import { toToolFields } from './tools.ts';

const declared = { type: 'function', function: { name: 'f' } };

function fieldsOf(params: Record<string, unknown>) {
  const messages = [{ role: 'user', content: 'Hi' }];
  return toToolFields(chatRequestSchema.parse({ model: 'm', messages, tools: [declared], ...params }));
}

test.each([
  [undefined, undefined],
  ['auto', { type: 'auto' }],
  ['none', { type: 'none' }],
  ['required', { type: 'any' }],
  ['any', { type: 'any' }],
  [
    { type: 'tool', name: 'f' },
    { type: 'tool', name: 'f' },
  ],
  [declared, { type: 'tool', name: 'f' }],
])('the tool choice %j is %j', (choice, expected) => {
  expect(fieldsOf({ tool_choice: choice }).tool_choice).toEqual(expected);
});

test.each([
  [undefined, { type: 'auto', disable_parallel_tool_use: true }],
  ['auto', { type: 'auto', disable_parallel_tool_use: true }],
  ['none', { type: 'none' }],
  ['required', { type: 'any', disable_parallel_tool_use: true }],
  [declared, { type: 'tool', name: 'f', disable_parallel_tool_use: true }],
])('one call at a time, with the tool choice %j, is %j', (choice, expected) => {
  expect(fieldsOf({ tool_choice: choice, parallel_tool_calls: false }).tool_choice).toEqual(expected);
});

test('a request without tools chooses none', () => {
  expect(fieldsOf({ tools: [], tool_choice: 'auto', parallel_tool_calls: false })).toEqual({});
});

test('a schema passes as a whole, and a missing one takes no arguments', () => {
  const parameters = {
    $defs: { a: { type: 'string' } },
    properties: { x: { $ref: '#/$defs/a' } },
    'x-mine': 1,
  };
  const full = { type: 'function', function: { name: 'g', description: 'G', parameters, strict: false } };
  expect(fieldsOf({ tools: [full, declared] }).tools).toEqual([
    { name: 'g', description: 'G', input_schema: { ...parameters, type: 'object' } },
    { name: 'f', input_schema: { type: 'object' } },
  ]);
});

test("a tool keeps its caller's cache mark", () => {
  const mark = { type: 'ephemeral', ttl: '1h' };
  expect(fieldsOf({ tools: [{ ...declared, cache_control: mark }] }).tools).toMatchObject([
    { cache_control: mark },
  ]);
});

test.each([
  [{ tools: [{ type: 'custom', custom: { name: 'shell' } }] }, 'tools[0].type'],
  [{ tool_choice: { type: 'allowed_tools', allowed_tools: {} } }, 'tool_choice.type'],
])('%j has no equal and is refused', (params, param) => {
  expect(() => fieldsOf(params)).toThrow(
    expect.objectContaining({ code: 'unsupported_parameter', details: { param } }),
  );
});

test("Anthropic's own tools pass as they are, and what nobody knows is refused", () => {
  const search = { type: 'web_search_20250305', name: 'web_search', max_uses: 3 };
  expect(fieldsOf({ tools: [search] }).tools).toEqual([search]);
  expect(() =>
    fieldsOf({ tools: [{ type: 'builtin_function', function: { name: '$web_search' } }] }),
  ).toThrow(expect.objectContaining({ code: 'unsupported_parameter', details: { param: 'tools[0].type' } }));
});
