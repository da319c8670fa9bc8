import type { Subscription } from '@nats-io/transport-node';
import { createLogger } from '@weir/service-kit/logger';
import { expect, test } from 'vitest';
import { ServedEndpoints } from './served-endpoints.ts';
import { Subscriber } from './subscriber.ts';

/** A connection, with the subjects that the client would subscribe to again when it comes back. */
function setUp() {
  const state = { isConnected: true };
  const subscribed: string[] = [];
  const subscribe = (subject: string) => {
    subscribed.push(subject);
    const end = () => {
      subscribed.splice(subscribed.indexOf(subject), 1);
    };
    const drain = () => {
      end();
      return Promise.resolve();
    };
    return { isClosed: () => false, unsubscribe: end, drain } as unknown as Subscription;
  };
  const logger = createLogger({ service: 'test', instance: 'test', level: 'silent' });
  const endpoints = new ServedEndpoints({
    id: 'a',
    queue: 'router',
    subscriber: new Subscriber({ connection: { subscribe }, logger }),
    publisher: { trySend: () => undefined },
    isConnected: () => state.isConnected,
  });
  const serve = (subject: string, share: 'work' | 'operations') => {
    endpoints.serve({ subject, share, receive: () => undefined });
  };
  const memberOf = () => subscribed.filter((subject) => !subject.endsWith('.a'));
  return { endpoints, memberOf, serve, state };
}

test('it is a member of the queue groups of each share while it has not left it, whatever is served when', async () => {
  const { endpoints, memberOf, serve } = setUp();
  serve('chat', 'work');
  serve('status', 'operations');
  await endpoints.leave('work');
  serve('embed', 'work');
  expect(memberOf()).toEqual(['status']);
  endpoints.join('work');
  endpoints.join('work');
  expect(memberOf()).toEqual(['status', 'chat', 'embed']);
});

test('what it leaves while there is no connection does not come back with the connection', async () => {
  const { endpoints, memberOf, serve, state } = setUp();
  serve('chat', 'work');
  state.isConnected = false;
  await endpoints.leave('work');
  expect(memberOf()).toEqual([]);
  endpoints.join('work');
  expect(memberOf()).toEqual(['chat']);
});
