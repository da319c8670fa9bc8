import { MsgHdrsImpl } from '@nats-io/transport-node';
import { expect, test, vi } from 'vitest';
import { limitHeaders } from './header-limits.ts';

const read = (lines: readonly string[]) => {
  limitHeaders();
  return [...MsgHdrsImpl.decode(Buffer.from(`NATS/1.0\r\n${lines.join('\r\n')}\r\n\r\n`))];
};

test('headers of which the bus has no use are none, and none of them is looked at', () => {
  const append = vi.spyOn(MsgHdrsImpl.prototype, 'append');
  expect(read(Array.from({ length: 20_000 }, (_, at) => `a${at}:`))).toEqual([]);
  expect(read(Array.from({ length: 20_000 }, () => 'a:'))).toEqual([]);
  expect(read([`a: ${'x'.repeat(1024 * 1024)}`])).toEqual([]);
  expect(append).not.toHaveBeenCalled();
});

test.each([
  ['a name with a space', 'Bad Name: 1'],
  ['a name of other letters', 'Tên: 1'],
  ['a value of two lines', 'Weir-Frame: chunk\n1'],
])('headers with %s are none, and nothing is thrown', (_, line) => {
  expect(read(['traceparent: 00', line])).toEqual([]);
});

test('headers as services and servers send them are read, with a status and with a large config', () => {
  const envelope = JSON.stringify({ config: 'x'.repeat(64_000), metadata: { tên: '×'.repeat(256) } });
  expect(read(['traceparent: 00', `Weir-Envelope: ${envelope}`])).toEqual([
    ['traceparent', ['00']],
    ['Weir-Envelope', [envelope]],
  ]);
  expect(MsgHdrsImpl.decode(Buffer.from('NATS/1.0 503\r\n\r\n')).code).toBe(503);
  expect(
    MsgHdrsImpl.decode(Buffer.from('NATS/1.0 100 Idle Heartbeat\r\nNats-Last-Consumer: 7\r\n\r\n')).get(
      'Nats-Last-Consumer',
    ),
  ).toBe('7');
});
