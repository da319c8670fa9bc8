import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { csvLine } from './csv.ts';

const cells = (line: string): string[] => parse(line)[0] ?? [];

test('every text comes out of a CSV reader as it went in, unless it could be a formula', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary' }), { minLength: 2, maxLength: 5 }), (texts) => {
      const columns = texts.map((_, index) => `c${index}`);
      const item = Object.fromEntries(texts.map((text, index) => [`c${index}`, text]));
      const read = cells(csvLine(columns, item));
      for (const [index, text] of texts.entries()) {
        expect([text, `'${text}`]).toContain(read[index]);
        expect(read[index]).toMatch(/^$|^[^=+@\t\r-]|^-\d+(\.\d+)?$/);
      }
    }),
  );
});

test.each([
  ['=1+1', "'=1+1"],
  ['+84 90', "'+84 90"],
  ['-2+3', "'-2+3"],
  ['@SUM(A1)', "'@SUM(A1)"],
  ['\t=1', "'\t=1"],
  ['-0.1', '-0.1'],
  ['Nguyễn, "Anh"', 'Nguyễn, "Anh"'],
])('%j is the cell %j', (text, cell) => {
  expect(cells(csvLine(['a', 'b'], { a: text, b: 'x' }))).toEqual([cell, 'x']);
});

test('what is no text has one form', () => {
  const item = { list: ['=a', 'b'], none: null, number: -1.5, flag: false, record: { app: 'shop' } };
  expect(csvLine(['list', 'none', 'missing', 'number', 'flag', 'record'], item)).toBe(
    `'=a;b,,,-1.5,false,"{""app"":""shop""}"\r\n`,
  );
});
