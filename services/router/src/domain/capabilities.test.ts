import { chatRequestSchema } from '@weir/contracts/chat/request';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { missingCapability, requirementsOf } from './capabilities.ts';

const tool = { type: 'function', function: { name: 'weather', parameters: { type: 'object' } } };
const image = { type: 'image_url', image_url: { url: 'https://example.com/a.png' } };

const needs = (chat: object) =>
  requirementsOf(
    chatRequestSchema.parse({ model: 'm', messages: [{ role: 'user', content: 'Hello!!!' }], ...chat }),
  );

test('a plain chat needs nothing but room for its text', () => {
  expect(needs({})).toEqual({ images: false, tools: false, inputTokens: 2, outputTokens: undefined });
});

test('images, tools and the cap on the output are seen wherever they stand', () => {
  const messages = [
    { role: 'user', content: [{ type: 'text', text: 'What is it?' }, image] },
    { role: 'assistant', content: 'A cat.' },
  ];
  expect(needs({ messages })).toMatchObject({ images: true, tools: false });
  expect(needs({ tools: [tool] })).toMatchObject({ images: false, tools: true });
  expect(needs({ tools: [] })).toMatchObject({ tools: false });
  expect(needs({ max_tokens: 5 }).outputTokens).toBe(5);
  expect(needs({ max_tokens: 5, max_completion_tokens: 7 }).outputTokens).toBe(7);
});

test('everything that is sent is counted', () => {
  const call = { id: 'c', type: 'function', function: { name: 'f', arguments: 'a'.repeat(40) } };
  const custom = { id: 'd', type: 'custom', custom: { name: 'f', input: 'a'.repeat(40) } };
  const tokensOf = (...messages: object[]) => needs({ messages }).inputTokens;
  expect(
    tokensOf({ role: 'system', content: 'a'.repeat(40) }, { role: 'user', content: 'a'.repeat(40) }),
  ).toBe(20);
  expect(tokensOf({ role: 'user', content: [{ type: 'text', text: 'a'.repeat(40) }, image] })).toBe(1_010);
  expect(tokensOf({ role: 'assistant', content: null, tool_calls: [call, custom] })).toBe(20);
  expect(tokensOf({ role: 'assistant', content: 'b', reasoning_content: 'a'.repeat(39) })).toBe(10);
  expect(tokensOf({ role: 'tool', tool_call_id: 'c', content: 'a'.repeat(40) })).toBe(10);
  expect(needs({ tools: [tool] }).inputTokens).toBe(Math.ceil(2 + JSON.stringify([tool]).length / 4));
});

test('the estimate grows with the text, and by no more than it', () => {
  fc.assert(
    fc.property(fc.array(fc.string(), { minLength: 1 }), fc.string(), (texts, more) => {
      const messages = texts.map((content) => ({ role: 'user', content }));
      const before = needs({ messages }).inputTokens;
      const after = needs({ messages: [...messages, { role: 'user', content: more }] }).inputTokens;
      expect(after).toBeGreaterThanOrEqual(before);
      expect(after - before).toBeLessThanOrEqual(Math.ceil(more.length / 4));
    }),
  );
});

const all = { images: true, tools: true, inputTokens: 1_001, outputTokens: undefined };

test('what is not known of a model is no lack', () => {
  expect(missingCapability({ id: 'm' }, all)).toBeUndefined();
  expect(
    missingCapability({ id: 'm', takesImages: true, takesTools: true, contextTokens: 1_001 }, all),
  ).toBeUndefined();
});

test('what a model is known to lack is a lack only where it is needed', () => {
  const model = { id: 'm', takesImages: false, takesTools: false, contextTokens: 1_000 };
  expect(missingCapability(model, all)).toBe('images');
  expect(missingCapability(model, { ...all, images: false })).toBe('tools');
  expect(missingCapability(model, { ...all, images: false, tools: false })).toBe('context');
  expect(
    missingCapability(model, { ...all, images: false, tools: false, inputTokens: 1_000 }),
  ).toBeUndefined();
});
