import { expect, test } from 'vitest';
import { Outbox } from './outbox.ts';

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

function setUp({ connected = true, maxPayloadBytes = 1024 * 1024 } = {}) {
  const published: string[] = [];
  const state = { connected };
  const connection = {
    info: { max_payload: maxPayloadBytes },
    publish: (subject: string) => {
      published.push(subject);
    },
  };
  return { published, state, outbox: new Outbox(connection, () => state.connected) };
}

test('what is sent in one turn of the event loop is published together, in order, when the turn is over', async () => {
  const { published, outbox } = setUp();
  outbox.send({ subject: 'a', data: '' });
  await Promise.resolve();
  outbox.send({ subject: 'b', data: '' });
  expect(published).toEqual([]);
  await nextTurn();
  expect(published).toEqual(['a', 'b']);
});

test('what cannot be sent is a fault for the sender, and never a silent loss', async () => {
  const { published, state, outbox } = setUp();
  expect(() => {
    outbox.send({ subject: 'a', data: 'x'.repeat(1024 * 1024) });
  }).toThrow(expect.objectContaining({ code: 'body_too_large' }) as Error);
  state.connected = false;
  expect(() => {
    outbox.send({ subject: 'a', data: '' });
  }).toThrow(expect.objectContaining({ code: 'bus_disconnected' }) as Error);
  outbox.trySend({ subject: 'a', data: '' });
  await nextTurn();
  expect(published).toEqual([]);
});

test('what waited when the connection was lost is not sent to nobody in particular later', async () => {
  const { published, outbox } = setUp();
  outbox.send({ subject: 'a', data: '' });
  outbox.clear();
  outbox.send({ subject: 'b', data: '' });
  await nextTurn();
  expect(published).toEqual(['b']);
});
