import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ChunkReader } from './chunk-reader.ts';
import { readChunk } from './stream-chunk.ts';

const delta = fc.oneof(
  fc.record({ content: fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('"', '\\', '\n', ' a')) }),
  fc.record({ role: fc.constant('assistant'), content: fc.string() }),
  fc.record({
    tool_calls: fc.tuple(fc.record({ index: fc.nat(1), function: fc.record({ arguments: fc.string() }) })),
  }),
  fc.constant({}),
);
const choice = fc.record({
  index: fc.nat(1),
  delta,
  finish_reason: fc.constantFrom(null, null, null, 'stop'),
});
const chunks = fc.array(
  fc.record({
    id: fc.constantFrom('c', 'c', 'd'),
    choices: fc.array(choice, { minLength: 1, maxLength: 2 }),
  }),
  { maxLength: 8 },
);

const escaped = (json: string) =>
  json.replaceAll(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** All that a filter asks of a chunk. */
const factsOf = ({ json, parsed, texts, logprobs }: ReturnType<typeof readChunk>) => ({
  json,
  logprobs,
  said: parsed.choices.map(({ index, finish_reason: finish, delta: said }) => [
    index,
    finish,
    Object.keys(said),
  ]),
  texts: texts.map(({ text, address }) => [text.text, text.path, text.form, text.role, text.place, address]),
});

test('a chunk is read as it would be without the one before it', () => {
  fc.assert(
    fc.property(chunks, fc.boolean(), (all, isEscaped) => {
      const reader = new ChunkReader();
      for (const chunk of all) {
        const json = isEscaped ? escaped(JSON.stringify(chunk)) : JSON.stringify(chunk).toWellFormed();
        expect(factsOf(reader.read(Buffer.from(json)))).toEqual(factsOf(readChunk(json)));
      }
    }),
  );
});

test('what follows a chunk and is no JSON is refused', () => {
  const chunkOf = (content: string) =>
    Buffer.from(`{"id":"c","choices":[{"index":0,"delta":{"content":${content}},"finish_reason":null}]}`);
  for (const content of ['"a"b"', '"a\nb"', '"\\x"', '"\\u12"', '"a', 'a"', '']) {
    const reader = new ChunkReader();
    reader.read(chunkOf('"a"'));
    expect(() => reader.read(chunkOf(content)), content).toThrow();
  }
});
