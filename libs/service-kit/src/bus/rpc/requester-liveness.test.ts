import { expect, test } from 'vitest';
import type { Clock } from '../../clock.ts';
import type { Fault } from '../../fault.ts';
import { RequesterLiveness } from './requester-liveness.ts';

function setUp() {
  let nowMs = 0;
  const tasks: (() => void)[] = [];
  const clock: Clock = {
    nowMs: () => nowMs,
    every: (_intervalMs, task) => {
      tasks.push(task);
      return () => undefined;
    },
    after: () => () => undefined,
  };
  const ended: Record<string, Fault> = {};
  const streams = new Map(
    ['_INBOX_ingress.a.1', '_INBOX_ingress.a.2', '_INBOX_ingress.b.1'].map((reply) => [
      reply,
      {
        beganAtMs: 0,
        abort: (fault: Fault) => {
          ended[reply] = fault;
        },
      },
    ]),
  );
  const watch = new RequesterLiveness(streams, clock);
  const passMs = (ms: number) => {
    nowMs += ms;
    for (const task of tasks) task();
  };
  return { watch, ended, passMs };
}

test('the streams of a requester that probes no more are ended, and those of the others go on', () => {
  const { watch, ended, passMs } = setUp();
  for (let second = 0; second < 10; second++) {
    watch.probed('_INBOX_ingress.b.77', false);
    passMs(1_000);
  }
  expect(Object.keys(ended)).toEqual(['_INBOX_ingress.a.1', '_INBOX_ingress.a.2']);
  expect(ended['_INBOX_ingress.a.1']?.code).toBe('service_lost');
});

test('a stream that has just begun is given time for its first probe', () => {
  const { ended, passMs } = setUp();
  passMs(4_000);
  expect(ended).toEqual({});
});

test('work for a requester begins when it has said that it hears, and at once where it has said so lately', () => {
  const { watch, passMs } = setUp();
  const begun: string[] = [];
  const { signal } = new AbortController();
  const ask = (reply: string) => {
    watch.whenHeard(reply, signal, () => begun.push(reply));
  };
  ask('_INBOX_ingress.a.1');
  watch.probed('_INBOX_ingress.a.9', false);
  watch.probed('_INBOX_ingress.b.9', true);
  expect(begun).toEqual([]);
  watch.probed('_INBOX_ingress.a.9', true);
  expect(begun).toEqual(['_INBOX_ingress.a.1']);
  passMs(4_000);
  ask('_INBOX_ingress.a.2');
  expect(begun).toEqual(['_INBOX_ingress.a.1', '_INBOX_ingress.a.2']);
  passMs(4_000);
  ask('_INBOX_ingress.a.3');
  expect(begun).toHaveLength(2);
});

test('what is cancelled before its requester is known to hear ends, once', () => {
  const { watch } = setUp();
  const cancelled = new AbortController();
  let ended = 0;
  watch.whenHeard('_INBOX_ingress.a.1', cancelled.signal, () => ended++);
  cancelled.abort();
  watch.probed('_INBOX_ingress.a.9', true);
  expect(ended).toBe(1);
});
