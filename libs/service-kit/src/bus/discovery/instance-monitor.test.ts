import { headers, type Msg } from '@nats-io/transport-node';
import { createMetrics } from '@weir/service-kit/metrics';
import { FakeClock } from '@weir/testkit/fake-clock';
import { expect, test } from 'vitest';
import type { BatchingPublisher } from '../connection/batching-publisher.ts';
import type { PendingReply, ReplyInbox } from '../connection/reply-inbox.ts';
import { InstanceMonitor } from './instance-monitor.ts';

type Behaviour = 'answers' | 'hangs' | 'stops' | 'is gone';

/** A bus on which instances behave as the test says. */
function setUp(behaviours: Record<string, Behaviour>) {
  const clock = new FakeClock();
  const open = new Map<string, PendingReply>();
  const reported = new Map<string, string>();
  let isConnected = true;
  let next = 0;
  const deliver = (reply: string, body: object, code?: number) => {
    const head = code ? headers(code, 'No Responders') : headers();
    const data = code ? new Uint8Array() : Buffer.from(JSON.stringify(body));
    open.get(reply)?.onMessage({ subject: reply, headers: head, data, string: () => data.toString() } as Msg);
  };
  const publisher = {
    trySend: ({ subject, reply = '' }: { subject: string; reply?: string }) => {
      for (const [id, behaviour] of Object.entries(behaviours)) {
        const control = `weir.v1.router.control.${id}`;
        if (subject === '$SRV.PING.router' && behaviour === 'answers')
          deliver(reply, { id, version: '0.1.0', metadata: { control } });
        if (subject !== control || behaviour === 'hangs') continue;
        if (behaviour === 'is gone') deliver(reply, {}, 503);
        else deliver(reply, {});
      }
    },
  };
  const inbox = {
    open: (entry: PendingReply) => {
      open.set(String(next), entry);
      return String(next++);
    },
    close: (reply: string) => open.delete(reply),
  };
  clock.every(20, () => {
    for (const entry of [...open.values()]) if (entry.expiresAtMs <= clock.nowMs()) entry.onExpired();
  });
  const monitor = new InstanceMonitor({
    connection: () => ({
      inbox: inbox as unknown as ReplyInbox,
      publisher: publisher as unknown as BatchingPublisher,
      connected: isConnected,
    }),
    skews: { heard: () => 0 },
    clock,
    metrics: createMetrics('test'),
    problems: {
      report: (name, { message }) => reported.set(name, message),
      clear: (name) => reported.delete(name),
    },
  });
  monitor.follow('router');
  const lose = () => {
    isConnected = false;
  };
  return { behaviours, clock, lose, monitor, reported };
}

test('a suspicion is known to be right or wrong within a quarter of a second', () => {
  const { behaviours, clock, monitor } = setUp({ a: 'answers', b: 'answers' });
  clock.advance(1_000);
  expect(monitor.subjectOfResponsive('router')).toBeUndefined();
  behaviours['a'] = 'hangs';
  monitor.suspect('router');
  clock.advance(240);
  expect(monitor.subjectOfResponsive('router')).toBe('weir.v1.router.control.b');
  expect(monitor.insteadOf('router', undefined)).toBe('weir.v1.router.control.b');
  expect(monitor.insteadOf('router', 'weir.v1.router.control.b')).toBeUndefined();
  behaviours['a'] = 'answers';
  clock.advance(1_000);
  expect(monitor.subjectOfResponsive('router')).toBeUndefined();
});

test('one that hangs is told to operators until it answers, whether or not anybody asks it anything', () => {
  const { behaviours, clock, monitor, reported } = setUp({ a: 'answers', b: 'answers' });
  behaviours['a'] = 'hangs';
  clock.advance(6_000);
  expect(monitor.silent('router')).toMatchObject([{ id: 'a' }]);
  expect([...reported]).toMatchObject([['silent router', expect.stringContaining('router a: hangs')]]);
  behaviours['a'] = 'is gone';
  clock.advance(1_000);
  expect(monitor.silent('router')).toMatchObject([{ id: 'a' }]);
  expect(monitor.subjectOfResponsive('router')).toBeUndefined();
  behaviours['a'] = 'answers';
  clock.advance(3_000);
  expect(monitor.silent('router')).toEqual([]);
  expect([...reported]).toEqual([]);
});

test.each(['stops', 'is gone'] as const)('one that %s is not called silent', (behaviour) => {
  const { behaviours, clock, monitor, reported } = setUp({ a: 'answers', b: 'answers' });
  behaviours['a'] = behaviour;
  clock.advance(20_000);
  expect(monitor.silent('router')).toEqual([]);
  expect([...reported]).toEqual([]);
});

test('where nobody is heard at all, as without a connection or where NATS hangs, nobody is said to hang', () => {
  const alone = setUp({ a: 'answers' });
  alone.behaviours['a'] = 'hangs';
  alone.clock.advance(20_000);
  expect([...alone.reported]).toEqual([]);
  const cut = setUp({ a: 'answers' });
  cut.lose();
  cut.behaviours['a'] = 'hangs';
  cut.clock.advance(20_000);
  expect(cut.monitor.silent('router')).toEqual([]);
});
