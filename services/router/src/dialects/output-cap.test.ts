import { describe, expect, test } from 'vitest';
import type { WireTarget } from '../domain/dialect.ts';
import { outputCap, outputCapIfNeeded } from './output-cap.ts';

const messages = [{ role: 'user' as const, content: 'Hi' }];
const cap = (asked: number | null, output: Partial<WireTarget['output']>, fields: object = {}) =>
  outputCap(
    { model: 'm', messages, max_tokens: asked, ...fields },
    { defaultTokens: 4_096, isCapRequired: false, ...output },
  );

test('what a caller asked for is lowered only to what the model gives, and it is told', () => {
  const output = { maxTokens: 1_000, roomTokens: 10 };
  expect(cap(1_000, output)).toEqual({ tokens: 1_000, warnings: [] });
  expect(cap(2_000, output)).toEqual({
    tokens: 1_000,
    warnings: ['max_tokens was lowered to 1000, the most that the model gives'],
  });
  expect(cap(2_000, {})).toEqual({ tokens: 2_000, warnings: [] });
});

test.each<[string, Partial<WireTarget['output']>, object, number]>([
  ['is the default', {}, {}, 4_096],
  ["is never more than the model's maximum", { maxTokens: 1_000 }, {}, 1_000],
  ['leaves room for the prompt', { maxTokens: 8_192, roomTokens: 700 }, {}, 700],
  ['is above the thoughts', {}, { thinking: { type: 'enabled', budget_tokens: 20_000 } }, 24_096],
  [
    'is above the thoughts as far as the model goes',
    { maxTokens: 22_000 },
    { thinking: { type: 'enabled', budget_tokens: 20_000 } },
    22_000,
  ],
  ['takes no other thing for thoughts', {}, { thinking: { type: 'disabled', budget_tokens: 'x' } }, 4_096],
])('a cap that the caller did not ask for %s, and is told', (_, output, fields, tokens) => {
  expect(cap(null, output, fields)).toEqual({ tokens, warnings: [`max_tokens was set to ${tokens}`] });
});

test('-1, as LM Studio has it, asks for no cap', () => {
  expect(cap(-1, {})).toEqual(cap(null, {}));
  const output = { defaultTokens: 4_096, isCapRequired: false };
  expect(outputCapIfNeeded({ model: 'm', messages, max_tokens: -1 }, output)).toEqual({
    tokens: undefined,
    warnings: [],
  });
});

describe('where the protocol needs none', () => {
  const ifNeeded = (asked: number | undefined, isCapRequired: boolean) =>
    outputCapIfNeeded(
      { model: 'm', messages, max_completion_tokens: asked },
      { defaultTokens: 4_096, isCapRequired },
    ).tokens;

  test("there is the caller's or none, unless a budget has to bound the attempt", () => {
    expect(ifNeeded(undefined, false)).toBeUndefined();
    expect(ifNeeded(7, false)).toBe(7);
    expect(ifNeeded(undefined, true)).toBe(4_096);
    expect(ifNeeded(7, true)).toBe(7);
  });
});
