import { piiCheckSchema } from '@weir/contracts/guardrails/policy';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { chunksOf, streamedFindings, wholeFindings } from '../../test/streamed-findings.ts';
import { createPiiCheck } from './pii-check.ts';

const checkOf = (fields: object = {}) => createPiiCheck(piiCheckSchema.parse({ type: 'pii', ...fields }));
const text = 'Email lan@example.com, sdt 0912 345 678.';

it('finds personal data with entity, tier and action, and never the value', () => {
  const check = checkOf({ action: 'mask', actions: { phone: 'deny' } });
  const found = check.find(text, 'text');
  expect(found).toMatchObject([
    { entity: 'email', tier: 1, action: 'mask', span: { start: 6, end: 21 } },
    { entity: 'phone', tier: 1, action: 'deny', span: { start: 27, end: 39 } },
  ]);
  expect(JSON.stringify(found)).not.toMatch(/lan@|0912/);
});

it('finds only what it is asked for', () => {
  expect(
    checkOf({ entities: ['phone'] })
      .find(text, 'text')
      .map(({ entity }) => entity),
  ).toEqual(['phone']);
});

it('needs no words around where it is strict', () => {
  const digits = 'gửi 123456789 nhé';
  const found = (level: string) =>
    checkOf({ level })
      .find(digits, 'text')
      .map(({ entity }) => entity);
  expect(found('balanced')).toEqual([]);
  expect(found('strict')).not.toEqual([]);
});

it('reads escapes in JSON', () => {
  const json = '{"to":"lan\\u0040example.com"}';
  const [found] = wholeFindings(checkOf(), json, 'json');
  expect(json.slice(found?.start, found?.end)).toBe('lan\\u0040example.com');
});

it('a stream finds what is found in the whole, for every chunking', () => {
  const pieces = [
    ...[
      'lan',
      '@',
      'example',
      '.com',
      ' ',
      ' ',
      '.',
      '-',
      '0912',
      '345',
      '678',
      'cccd ',
      '001',
      '099',
      '012345',
      ', ',
    ],
    ...['mst ', '0100233488', '\u200b', 'ạ', 'sk-', 'abc', '5 ', 'VND', '(', ')', '\n', '+84'],
  ];
  const texts = fc.array(fc.constantFrom(...pieces), { maxLength: 25 }).map((parts) => parts.join(''));
  const lengths = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 8 });
  const check = checkOf();
  const property = fc.property(texts, lengths, (whole, cuts) => {
    const streamed = streamedFindings(check, chunksOf(whole, cuts));
    expect(streamed).toEqual(wholeFindings(check, whole));
  });
  fc.assert(property, { numRuns: 300 });
});

it('a stream of JSON finds the same, wherever an escape is cut', () => {
  const pieces = [
    ...[
      '\\\\',
      '\\u0040',
      '\\u0030',
      'lan',
      'example.com',
      '@',
      '912345678',
      '0912',
      '345678',
      '\\n',
      ' ',
      '"',
    ],
    ...['\\u200b', 'cccd', '001099012345'],
  ];
  const texts = fc.array(fc.constantFrom(...pieces), { maxLength: 14 }).map((parts) => parts.join(''));
  const lengths = fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 8 });
  const check = checkOf();
  const property = fc.property(texts, lengths, (whole, cuts) => {
    const streamed = streamedFindings(check, chunksOf(whole, cuts), 'json');
    expect(streamed).toEqual(wholeFindings(check, whole, 'json'));
  });
  fc.assert(property, { numRuns: 200 });
});
