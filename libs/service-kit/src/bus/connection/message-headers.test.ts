import { headers as createHeaders } from '@nats-io/transport-node';
import { expect, test } from 'vitest';
import { parseJson, readJsonHeader } from './message-headers.ts';

const read = (text: string) => {
  const headers = createHeaders();
  headers.append('Weir-Head', text);
  return readJsonHeader({ headers }, 'Weir-Head');
};

test.each([
  ['longer than any of ours', JSON.stringify('x'.repeat(256 * 1024))],
  ['nested without end', '['.repeat(100_000)],
  ['of values without end', `[${'0,'.repeat(50_000)}0]`],
  ['no JSON', '{"a":'],
])('a header that is %s is taken for none', (_, text) => {
  expect(read(text)).toBeUndefined();
});

test('a header keeps each digit of an id, and may hold a routing config', () => {
  const text = `{"id":1234567890123456789,"config":"${'x'.repeat(64_000)}"}`;
  expect(JSON.stringify(read(text))).toBe(text);
});

test('a message that is nested without end is no JSON', () => {
  expect(parseJson('['.repeat(1_000_000))).toBeUndefined();
});
