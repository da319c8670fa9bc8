import type { Msg, NatsConnection } from '@nats-io/transport-node';
import { FakeClock } from '@weir/testkit/fake-clock';
import { expect, test } from 'vitest';
import { createLogger } from '../../logger.ts';
import { ReplyInbox } from './reply-inbox.ts';
import { Subscriber } from './subscriber.ts';

test('a reply that has come is read before its time-out is, however late its asker finds the time', async () => {
  let deliver: ((error: null, message: Pick<Msg, 'subject'>) => void) | undefined;
  const connection: Pick<NatsConnection, 'subscribe'> = {
    subscribe: (_subject, options) => {
      deliver = options?.callback as typeof deliver;
      return { unsubscribe: () => undefined } as ReturnType<NatsConnection['subscribe']>;
    },
  };
  const logger = createLogger({ service: 'ingress', instance: 'test', level: 'silent' });
  const subscriber = new Subscriber({ connection: connection as NatsConnection, logger });
  const clock = new FakeClock();
  const inbox = new ReplyInbox({ subscriber, clock, prefix: '_INBOX_test', onStray: () => undefined });
  const heard: string[] = [];
  const open = (name: string) => {
    const subject = inbox.open({
      expiresAtMs: clock.nowMs() + 100,
      onMessage: () => {
        inbox.close(subject);
        heard.push(`${name} is answered`);
      },
      onExpired: () => {
        inbox.close(subject);
        heard.push(`${name} is over`);
      },
      onLost: () => undefined,
    });
    return subject;
  };
  const first = open('first');
  open('second');
  // The process stood still: timers are due, and sockets have not been read.
  clock.advance(500);
  deliver?.(null, { subject: first });
  await new Promise((resolve) => setImmediate(resolve));
  expect(heard).toEqual(['first is answered', 'second is over']);
  inbox.stop();
});
