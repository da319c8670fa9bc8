import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { argumentsJsonLimits, maxAnswerBytes } from '@weir/contracts/limits';
import { StreamedArguments } from './streamed-arguments.ts';

function argumentsOf(pieces: readonly string[]): StreamedArguments {
  const streamed = new StreamedArguments({ length: 0, values: 0 });
  for (const piece of pieces) streamed.add(piece);
  return streamed;
}

function isWholeObject(text: string): boolean {
  try {
    return text.trimEnd().endsWith('}') && typeof JSON.parse(text) === 'object';
  } catch {
    return false;
  }
}

test('after each piece it is known whether the arguments are a whole object, as parsing them would say', () => {
  const json = fc.jsonValue().map((value) => JSON.stringify({ value }));
  const almost = fc.string({
    unit: fc.constantFrom('{', '}', '[', ']', '"', ',', ':', '\\', ' ', '1', '\n'),
    maxLength: 12,
  });
  fc.assert(
    fc.property(
      fc.oneof(
        json,
        almost,
        fc.tuple(json, almost).map(([a, b]) => a + b),
      ),
      (text) => {
        const streamed = new StreamedArguments({ length: 0, values: 0 });
        for (const [at, character] of Array.from(text).entries()) {
          streamed.add(character);
          const soFar = Array.from(text)
            .slice(0, at + 1)
            .join('');
          expect(streamed.areWhole, soFar).toBe(isWholeObject(soFar));
        }
      },
    ),
  );
});

test('arguments that seem to end with each piece are parsed at most once', () => {
  const parse = vi.spyOn(JSON, 'parse');
  const streamed = argumentsOf([`{"a":"${'x'.repeat(1_000)}"}`]);
  for (let piece = 0; piece < 100; piece++) {
    expect(streamed.areWhole).toBe(piece === 0);
    streamed.add('{}');
  }
  const open = argumentsOf(['{"a":"']);
  for (let piece = 0; piece < 100; piece++) {
    open.add('}');
    expect(open.areWhole).toBe(false);
  }
  expect(parse.mock.calls).toHaveLength(1);
  parse.mockRestore();
});

test('the arguments of all calls of an answer are bounded together, in values and in length', () => {
  const total = { length: 0, values: 0 };
  const many = `{"a":[${'[],'.repeat(argumentsJsonLimits.maxValues / 4)}1]}`;
  new StreamedArguments(total).add(many);
  const invalid = expect.objectContaining({ code: 'upstream_invalid_response' }) as unknown;
  expect(() => {
    new StreamedArguments(total).add(many);
  }).toThrow(invalid);
  const tooLarge = expect.objectContaining({ code: 'upstream_answer_too_large' }) as unknown;
  const text = 'x'.repeat(maxAnswerBytes / 2 + 1);
  expect(() => argumentsOf([text, text])).toThrow(tooLarge);
});
