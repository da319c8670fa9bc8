import { expect, test } from 'vitest';
import { parseList, parsePairs, parseRevision, parseSeconds, parseTime } from './field-parsers.ts';

const nowMs = Date.parse('2026-11-28T00:00:00Z');

test.each([
  ['90s', '2026-11-28T00:01:30.000Z'],
  ['15m', '2026-11-28T00:15:00.000Z'],
  ['24h', '2026-11-29T00:00:00.000Z'],
  ['2w', '2026-12-12T00:00:00.000Z'],
  ['2027-01-31', '2027-01-31T00:00:00.000Z'],
  ['2027-01-31T12:00:00+07:00', '2027-01-31T05:00:00.000Z'],
])('%s is a time', (text, time) => {
  expect(parseTime(text, { nowMs })).toBe(time);
});

test('a duration is in the past where one looks back', () => {
  expect(parseTime('7d', { nowMs, isPast: true })).toBe('2026-11-21T00:00:00.000Z');
});

test.each(['', '30', '30 d', '1y', 'tomorrow', '2027-13-01', '2027-01-31T12:00:00', '-1d'])(
  '%j is no time',
  (text) => {
    expect(() => parseTime(text)).toThrow('It must be a duration');
  },
);

test('durations become seconds', () => {
  expect(['0', '30s', '1d'].map(parseSeconds)).toEqual([0, 30, 86_400]);
  expect(() => parseSeconds('5')).toThrow('It must be 0, or a duration');
});

test('an empty list is said, and never the outcome of an empty text', () => {
  expect(parseList('a, b*')).toEqual(['a', 'b*']);
  expect(parseList('none')).toEqual([]);
  for (const text of ['', 'a,,b', ' ']) expect(() => parseList(text)).toThrow('It must be a list');
});

test('pairs are taken together', () => {
  expect(parsePairs('c=d=e', parsePairs('a=b'))).toEqual({ a: 'b', c: 'd=e' });
  expect(parsePairs('none')).toEqual({});
  expect(() => parsePairs('=b')).toThrow('key=value');
});

test('a revision is a number, or says that there must be one or none', () => {
  expect(['7', 'any', 'none'].map(parseRevision)).toEqual([7, 'any', 'none']);
  for (const text of ['0', '-1', '1.5', 'x'])
    expect(() => parseRevision(text)).toThrow('It must be a revision');
});
