import type { Msg, NatsConnection } from '@nats-io/transport-node';
import { streamNameOf } from '@weir/contracts/frames';
import { FakeClock } from '@weir/testkit/fake-clock';
import { expect, test } from 'vitest';
import { createLogger } from '../../logger.ts';
import { ReplyInbox } from './reply-inbox.ts';
import { Subscriber } from './subscriber.ts';

function openInbox() {
  let callback: ((error: null, message: Pick<Msg, 'subject'>) => void) | undefined;
  const connection: Pick<NatsConnection, 'subscribe'> = {
    subscribe: (_subject, options) => {
      callback = options?.callback as typeof callback;
      return { unsubscribe: () => undefined } as ReturnType<NatsConnection['subscribe']>;
    },
  };
  const logger = createLogger({ service: 'ingress', instance: 'test', level: 'silent' });
  const subscriber = new Subscriber({ connection, logger });
  const clock = new FakeClock();
  const inbox = new ReplyInbox({ subscriber, clock, prefix: '_INBOX_test', onStray: () => undefined });
  const deliver = (message: Pick<Msg, 'subject'>) => callback?.(null, message);
  return { inbox, clock, deliver };
}

test('a reply that has come is read before its time-out is, however late its asker finds the time', async () => {
  const { inbox, clock, deliver } = openInbox();
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
  deliver({ subject: first });
  await new Promise((resolve) => setImmediate(resolve));
  expect(heard).toEqual(['first is answered', 'second is over']);
  inbox.stop();
});

test('no two reply subjects share the bits that nobody can guess, and their names say which request they are for', () => {
  const { inbox } = openInbox();
  const ignore = () => undefined;
  const pending = { expiresAtMs: Infinity, onMessage: ignore, onExpired: ignore, onLost: ignore };
  const subjects = Array.from({ length: 1_000 }, () => inbox.open(pending));
  const names = subjects.map(streamNameOf);
  const secrets = subjects.map((subject, i) => subject.slice((names[i] ?? '').length));
  expect(new Set(names).size).toBe(1_000);
  expect(new Set(secrets).size).toBe(1_000);
  // 128 bits in base64url, behind a mark.
  for (const secret of secrets) expect(secret).toMatch(/^~[\w-]{22}$/);
  inbox.stop();
});
