import type { PiiFinding } from '@weir/pii/finding';
import { expect, test } from 'vitest';
import { evaluate } from './evaluate.ts';
import { labelledTextSchema } from './labelled-text.ts';
import { tierOf } from './tier.ts';

const finding = (entity: PiiFinding['entity'], start: number, end: number): PiiFinding => ({
  ...{ entity, start, end, tier: 1, score: 1, rule: 'test.rule' },
});
const call = labelledTextSchema.parse({
  text: 'gọi 0912 345 678 nhé',
  language: 'vi',
  spans: [{ start: 4, end: 16, entity: 'phone' }],
});
const negative = labelledTextSchema.parse({ text: 'mã đơn 12', language: 'vi', spans: [] });

test('a span that is covered under another name is covered, and the name is wrong', () => {
  const { tierOne, all, byEntity } = evaluate([call], () => [finding('cccd', 4, 16)]);
  expect([tierOne.recall, all.precision, byEntity.of('phone').recall]).toEqual([1, 0, 1]);
});

test('what no finding covers has leaked, but for what is neither letter nor digit', () => {
  const { tierOne, all } = evaluate([call], () => [finding('phone', 4, 8), finding('phone', 9, 14)]);
  expect([tierOne.recall, all.leakedCharacters]).toEqual([0, 2]);
  expect(evaluate([call], () => [finding('phone', 4, 8), finding('phone', 9, 16)]).tierOne.recall).toBe(1);
});

test('a text without personal data is denied for any finding, and each is listed with its rule', () => {
  const evaluation = evaluate([negative, negative], () => [finding('cmnd', 7, 9)]);
  expect([evaluation.falseDenials, evaluation.falseFindings]).toEqual([1, 2]);
  expect(evaluation.errors[0]).toMatchObject({ kind: 'false', detail: 'test.rule' });
});

test.each([
  ['cccd', '001099012345', 1],
  ['cccd', '٠٠١ ٠٩٩ ٠١٢ ٣٤٥', 1],
  ['cccd', '150099012345', 2],
  ['mst', '0100233488-001', 1],
  ['mst', '0100233488', 2],
  ['phone', '+84 912 345 678', 1],
  ['phone', '912 345 678', 2],
  ['bank_card', '4111 1111 1111 1111', 1],
  ['bank_card', '4111 1111 1111 1112', 2],
  ['us_ssn', '123-45-6789', 1],
  ['us_ssn', '123456789', 2],
  ['plate', '30A-123.45', 2],
] as const)('%s as %s is of tier %i', (entity, value, tier) => {
  expect(tierOf(entity, value)).toBe(tier);
});
