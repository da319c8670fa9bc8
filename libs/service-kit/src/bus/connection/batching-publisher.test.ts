import { headers } from '@nats-io/transport-node';
import { expect, test } from 'vitest';
import { BatchingPublisher } from './batching-publisher.ts';

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

function setUp({ connected = true, maxPayloadBytes = 1024 * 1024 } = {}) {
  const published: string[] = [];
  const lost: string[] = [];
  const state = { connected };
  const connection = {
    info: { max_payload: maxPayloadBytes },
    publish: (subject: string) => {
      if (subject === 'refused') throw new Error('refused');
      published.push(subject);
    },
  };
  const onLost = (_error: unknown, subject: string) => lost.push(subject);
  const publisher = new BatchingPublisher({
    connection,
    refusal: () => undefined,
    isConnected: () => state.connected,
    onLost,
  });
  return { published, lost, state, publisher };
}

test('what is sent in one turn of the event loop is published together, in order, when the turn is over', async () => {
  const { published, publisher } = setUp();
  publisher.send({ subject: 'a', data: '' });
  await Promise.resolve();
  publisher.send({ subject: 'b', data: '' });
  expect(published).toEqual([]);
  await nextTurn();
  expect(published).toEqual(['a', 'b']);
});

test('what cannot be sent is a fault for the sender, and never a silent loss', async () => {
  const { published, state, publisher } = setUp();
  expect(() => {
    publisher.send({ subject: 'a', data: 'x'.repeat(1024 * 1024) }, 'body_too_large');
  }).toThrow(expect.objectContaining({ code: 'body_too_large' }) as Error);
  state.connected = false;
  expect(() => {
    publisher.send({ subject: 'a', data: '' });
  }).toThrow(expect.objectContaining({ code: 'bus_disconnected' }) as Error);
  publisher.trySend({ subject: 'a', data: '' });
  await nextTurn();
  expect(published).toEqual([]);
});

test('headers count too', () => {
  const { publisher } = setUp();
  const large = headers();
  large.set('Weir-Head', 'x'.repeat(1024 * 1024));
  expect(() => {
    publisher.send({ subject: 'a', data: '', headers: large });
  }).toThrow(expect.objectContaining({ code: 'internal_error' }) as Error);
});

test('a message that the client refuses after all harms no other, and is told of', async () => {
  const { published, lost, publisher } = setUp();
  publisher.send({ subject: 'refused', data: '' });
  publisher.send({ subject: 'b', data: '' });
  await nextTurn();
  expect({ published, lost }).toEqual({ published: ['b'], lost: ['refused'] });
});

test('what waited when the connection was lost is not sent to nobody in particular later', async () => {
  const { published, publisher } = setUp();
  publisher.send({ subject: 'a', data: '' });
  publisher.clear();
  publisher.send({ subject: 'b', data: '' });
  await nextTurn();
  expect(published).toEqual(['b']);
});
