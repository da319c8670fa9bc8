import { expect, test } from 'vitest';
import { readImportLines } from './import-lines.ts';

test('a line of CSV says what a key is made of: texts, lists with spaces, and JSON', () => {
  const content = [
    'name,tags,allowed_models,allowed_configs,custom_hosts,inline_configs,metadata,team_id',
    'checkout,web eu,gpt-5* anthropic/*,null,[],true,"{""app"": ""web, shop""}",',
  ].join('\r\n');
  expect(readImportLines('csv', content)).toEqual([
    {
      line: 2,
      fields: {
        name: 'checkout',
        tags: ['web', 'eu'],
        allowed_models: ['gpt-5*', 'anthropic/*'],
        allowed_configs: null,
        custom_hosts: [],
        inline_configs: true,
        metadata: { app: 'web, shop' },
      },
    },
  ]);
});

test('a text is a text, whatever it looks like', () => {
  expect(readImportLines('csv', 'name,config\nnull,true')).toEqual([
    { line: 2, fields: { name: 'null', config: 'true' } },
  ]);
});

test('each line of JSON is a key; empty lines are passed over, and counted', () => {
  expect(readImportLines('jsonl', '\ufeff{"name":"a"}\r\n\r\n  {"name":"b","tags":["x"]}\n')).toEqual([
    { line: 1, fields: { name: 'a' } },
    { line: 3, fields: { name: 'b', tags: ['x'] } },
  ]);
});

test('a wrong line is told with its number, also behind a cell of several lines', () => {
  const content = 'name,tags\n\n"a\nb",x\nshort\n"c\n\nd",1,2\ne,y\n';
  expect(readImportLines('csv', content).map((entry) => [entry.line, 'problem' in entry])).toEqual([
    [3, false],
    [5, true],
    [6, true],
    [9, false],
  ]);
  expect(readImportLines('jsonl', '{"name":"a"}\nnot JSON\n[]\n"text"')).toMatchObject([
    { line: 1 },
    { line: 2, problem: 'The line is not a JSON object.' },
    { line: 3, problem: 'The line is not a JSON object.' },
    { line: 4, problem: 'The line is not a JSON object.' },
  ]);
});

test.each([
  ['a field that keys do not have', 'name,colour\na,red', 1, '"colour" is not a known field'],
  ['a field that is there twice', 'name,name\na,b', 1, 'name is there twice'],
  ['a quote that is not closed', 'name,tags\n"a,b', 2, 'The line is not CSV'],
])('%s is told with its line', (_, content, line, message) => {
  const [entry, ...others] = readImportLines('csv', content);
  expect(entry).toMatchObject({ line, problem: expect.stringContaining(message) as unknown });
  expect(others).toEqual([]);
});

test.each(['csv', 'jsonl'] as const)('%s has to have one key at least, and a thousand at most', (format) => {
  const header = format === 'csv' ? 'name\n' : '';
  const line = format === 'csv' ? 'a\n' : '{"name":"a"}\n';
  expect(readImportLines(format, header + line.repeat(1_000))).toHaveLength(1_000);
  const wrong = expect.objectContaining({
    code: 'invalid_request',
    details: { param: 'content' },
  }) as unknown;
  expect(() => readImportLines(format, header + line.repeat(1_001))).toThrow(wrong);
  expect(() => readImportLines(format, `${header}\n`)).toThrow(wrong);
});

test('lines of JSON are measured together, and a text of empty lines is not read to its end', () => {
  const line = `{"name":"a","metadata":{${Array.from({ length: 100 }, (_, i) => `"k${i}":""`).join()}}}\n`;
  expect(readImportLines('jsonl', line.repeat(100))).toHaveLength(100);
  expect(() => readImportLines('jsonl', line.repeat(900))).toThrow(
    'content is too large: it has more than 100000 values, brackets and keys',
  );
  expect(() => readImportLines('jsonl', '\n'.repeat(4_000_000))).toThrow('has more than 20000 lines');
});
