import { EventEmitter } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { BodyReceiver } from './body-receiver.ts';

test('a body in ten thousand pieces that have all come is taken over ten turns of the event loop', async () => {
  const pieces = new Readable({ read: () => undefined });
  for (let sent = 0; sent < 10_000; sent++) pieces.push(Buffer.from(' '));
  pieces.push(null);
  const request = Object.assign(pieces, { headers: {}, socket: new EventEmitter() });
  let received = 0;
  new BodyReceiver({ maxBodyBytes: 20_000, maxReceivingBytes: 20_000 }).receive(
    request as unknown as IncomingMessage,
    (_fault, body) => (received = body?.length ?? -1),
  );
  let turns = 0;
  for (; received === 0; turns++) await nextTurn();

  expect(received).toBe(10_000);
  expect(turns).toBeGreaterThanOrEqual(10);
});
