import type { ChatRequest } from '@weir/contracts/chat/request';
import { expect, test } from 'vitest';
import { withoutLegacyFunctions } from './unsupported.ts';

const chat: ChatRequest = { model: 'm', messages: [{ role: 'user', content: 'Hi' }] };
const call = { role: 'assistant' as const, content: null, function_call: { name: 'f', arguments: '{}' } };

test.each([
  ['functions', { functions: [{ name: 'f' }] }],
  ['messages[1].function_call', { messages: [...chat.messages, call] }],
])("OpenAI's first form of tools is refused by name, not dropped: %s", (param, fields) => {
  expect(() => withoutLegacyFunctions({ ...chat, ...fields })).toThrow(
    expect.objectContaining({ code: 'unsupported_parameter', details: { param } }),
  );
});

test.each([{}, { functions: null }, { functions: [] }, { function_call: 'none' }])(
  'a request that uses none of it is itself: %j',
  (fields) => {
    const request = { ...chat, ...fields };
    expect(withoutLegacyFunctions(request)).toBe(request);
  },
);
