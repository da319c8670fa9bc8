import { headers as createHeaders } from '@nats-io/transport-node';
import { expect, test } from 'vitest';
import { readJson, readJsonHeader } from './message-headers.ts';

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

test('a message is read in one go where it is small, and is no JSON where it is larger than any of ours, or nested without end', () => {
  const messageOf = (text: string) => ({ data: Buffer.from(text), string: () => text });
  expect(readJson(messageOf('{"cancel":true}'))).toEqual({ cancel: true });
  expect(readJson(messageOf('['.repeat(1_000_000)))).toBeUndefined();
  const unread = { ...messageOf(`"${'x'.repeat(1024 * 1024)}"`), string: () => expect.unreachable() };
  expect(readJson(unread)).toBeUndefined();
});
