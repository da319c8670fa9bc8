import fc from 'fast-check';
import { afterEach, expect, test, vi } from 'vitest';
import { context } from '../../test/recorded/recorded.ts';
import { dialects } from '../dialects/dialects.ts';
import { ollamaDialect } from '../dialects/ollama/dialect.ts';
import { openaiDialect } from '../dialects/openai/dialect.ts';
import type { Dialect, ResponseContext } from '../domain/dialect.ts';
import { readCompletion } from './read-completion.ts';

const head = '"id":"i","object":"chat.completion","created":1,"model":"m"';
const choice = '{"index":0,"finish_reason":"stop","message":{"role":"assistant","content":"Hi"}}';
const many = (item: string, count: number) => Array<string>(count).fill(item).join(',');
const invalid = { code: 'upstream_invalid_response' };

const read = (text: string, dialect: Dialect = openaiDialect, more: Partial<ResponseContext> = {}) =>
  readCompletion(text, { dialect, context: { ...context, ...more }, received: { bytes: 0, values: 0 } });

const faultOf = (reading: Promise<unknown>): Promise<unknown> =>
  reading.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );

afterEach(() => {
  vi.restoreAllMocks();
});

test.each([
  ['choices that are none', `{${head},"choices":[${many('{"index":-1}', 300_000)}]}`],
  ['nested brackets', `{${head},"choices":[${choice}],"x":[${many('[[[[[[]]]]]]', 100_000)}]}`],
  ['depth', `{${head},"choices":[${choice}],"x":${'['.repeat(100_000)}${']'.repeat(100_000)}}`],
  ['long integers', `{${head},"choices":[${choice}],"x":[${many('12345678901234567890', 300_000)}]}`],
])('an answer that is over its limits is refused before it is parsed: %s', async (_what, text) => {
  const parse = vi.spyOn(JSON, 'parse');
  for (const dialect of Object.values(dialects)) {
    const fault = (await faultOf(read(text, dialect))) as Error;
    expect(fault).toMatchObject(invalid);
    expect(String(fault.cause).length).toBeLessThan(200);
  }
  expect(parse).not.toHaveBeenCalled();
});

test('choices that nobody has asked for are left out with a warning, and none of them is judged', async () => {
  const { body, warnings } = await read(`{${head},"choices":[${choice},${many('{"index":-1}', 50_000)}]}`);
  expect(JSON.parse(body)).toMatchObject({ choices: [{ index: 0, message: { content: 'Hi' } }] });
  expect(warnings).toEqual(['choices that nobody has asked for were left out of the answer']);
});

test.each([1, 1_000_000_000])(
  'a choice at an index that nobody has asked for has one of its own: %d',
  async (index) => {
    const { body } = await read(`{${head},"choices":[${choice.replace('"index":0', `"index":${index}`)}]}`);
    expect(JSON.parse(body)).toMatchObject({ choices: [{ index: 0 }] });
  },
);

test('as many choices as were asked for pass as they came', async () => {
  const text = `{${head},"choices":[${choice.replace('"index":0', '"index":1')},${choice}]}`;
  expect((await read(text, openaiDialect, { choices: 2 })).body).toBe(text);
});

test.each<[string, Dialect]>([
  [
    `{${head},"choices":[{"index":0,"message":{"content":[${many('{"type":"z"}', 40_000)}]}}]}`,
    openaiDialect,
  ],
  [
    `{${head},"choices":[{"index":0,"message":{"tool_calls":[${many('{"id":""}', 40_000)}]}}]}`,
    openaiDialect,
  ],
  [`{"stop_reason":"end_turn","content":[${many('1', 200_000)}]}`, dialects.anthropic],
  [`{"done":true,"message":{"tool_calls":[${many('{}', 100_000)}]}}`, ollamaDialect],
])(
  'a list that is longer than any answer has is refused, and what is logged of it is short: %.60s',
  async (text, dialect) => {
    const fault = (await faultOf(read(text, dialect))) as Error;
    expect(fault).toMatchObject(invalid);
    expect(String(fault.cause).length).toBeLessThan(200);
  },
);

test('whatever JSON comes as an answer, it is read or a fault of the provider', async () => {
  const odd = { length: { toString: 1 }, toString: 1, valueOf: 1, constructor: 1 };
  const names = [
    'choices',
    'message',
    'delta',
    'content',
    'tool_calls',
    'function',
    'arguments',
    'usage',
    'id',
    'type',
  ];
  const leaf = fc.oneof(fc.constant(odd), fc.jsonValue({ maxDepth: 1 }));
  const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 5 },
      leaf,
      fc.array(tie('tree'), { maxLength: 3 }),
      fc.dictionary(
        fc.constantFrom(...names, 'stop_reason', 'done', 'error', 'details', 'length'),
        tie('tree'),
      ),
    ),
  }));
  await fc.assert(
    fc.asyncProperty(tree, fc.constantFrom(...Object.values(dialects)), async (value, dialect) => {
      const text = JSON.stringify(value);
      const thrown = await faultOf(read(text, dialect));
      if (thrown !== undefined) expect(thrown).toMatchObject({ owner: 'provider' });
    }),
    { numRuns: 300 },
  );
});

test('a stream that nobody has asked for changes nothing outside of its answer', async () => {
  const chunk = (delta: string) =>
    `data: {${head.replace('completion', 'completion.chunk')},"__proto__":{"spoilt":1},"choices":[{"index":0,"delta":${delta}}]}\n\n`;
  const text = [
    chunk('{"content":"Hi","x":{"a":1,"constructor":{"prototype":{"spoilt":1}}}}'),
    chunk(
      '{"content":"!","__proto__":{"spoilt":1},"x":{"__proto__":{"spoilt":1},"constructor":{"prototype":{"spoilt":1}}}}',
    ),
    'data: [DONE]\n\n',
  ].join('');
  const { body } = await read(text);
  expect(JSON.parse(body)).toMatchObject({ choices: [{ message: { content: 'Hi!' } }] });
  expect(({} as { spoilt?: unknown }).spoilt).toBeUndefined();
});

test('a stream that nobody has asked for is read in slices, between which others have their turn', async () => {
  const event = `data: {${head.replace('completion', 'completion.chunk')},"choices":[{"index":0,"delta":{"content":"x"}}]}\n\n`;
  let turns = 0;
  let isOver = false;
  const count = () => {
    turns++;
    if (!isOver) setImmediate(count);
  };
  setImmediate(count);
  const { body } = await read(`${event.repeat(2_000)}data: [DONE]\n\n`);
  isOver = true;
  expect(body).toContain('x'.repeat(2_000));
  expect(turns).toBeGreaterThan(15);
});

test('the arguments of all calls of a whole answer are measured, also where they go on as they are', async () => {
  const call = (id: string) =>
    `{"id":"${id}","type":"function","function":{"name":"f","arguments":"{\\"x\\":[${many('1', 60_000)}]}"}}`;
  const answer = (calls: string) =>
    `{${head},"choices":[{"index":0,"finish_reason":"tool_calls","message":{"role":"assistant","content":null,"tool_calls":[${calls}]}}]}`;
  const one = answer(call('a'));
  expect((await read(one)).body).toBe(one);
  expect(await faultOf(read(answer(`${call('a')},${call('b')}`)))).toMatchObject(invalid);
});

test('the pieces of a list are put where they belong, in whatever order, without a search', async () => {
  const chunk = (delta: string) =>
    `data: {${head.replace('completion', 'completion.chunk')},"choices":[{"index":0,"delta":${delta}}]}\n\n`;
  const details = (items: string) => chunk(`{"content":"x","reasoning_details":[${items}]}`);
  const find = vi.spyOn(Array.prototype, 'find');
  const { body } = await read(
    [
      details('{"index":1,"text":"b"},{"text":"none"},{"index":0,"text":"a"}'),
      details('{"index":0,"text":"A"},{"index":1,"text":"B"},{"text":"none"}'),
      details(many('{"index":1,"text":"!"}', 3)),
      'data: [DONE]\n\n',
    ].join(''),
  );
  expect(find).not.toHaveBeenCalled();
  expect(JSON.parse(body)).toMatchObject({
    choices: [
      {
        message: {
          reasoning_details: [
            { index: 1, text: 'bB!!!' },
            { text: 'none' },
            { index: 0, text: 'aA' },
            { text: 'none' },
          ],
        },
      },
    ],
  });
});
