import type { Msg } from '@nats-io/transport-node';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Fault } from '../../../fault.ts';
import { createLogger } from '../../../logger.ts';
import { createMetrics } from '../../../metrics.ts';
import type { OutgoingMessage } from '../../connection/batching-publisher.ts';
import type { PendingReply } from '../../connection/reply-inbox.ts';
import { DurablePublisher } from './durable-publisher.ts';

const stored = '{"stream":"WEIR_USAGE","seq":1}';
const refusedBy = (code: number) =>
  JSON.stringify({ error: { code: 503, err_code: code, description: 'no' } });

/** A publisher whose JetStream and whose time are the test. */
function setUp() {
  const metrics = createMetrics('test');
  const waiting = new Map<string, PendingReply>();
  const sent: OutgoingMessage[] = [];
  const timers = new Map<() => void, number>();
  let nowMs = 0;
  let failToSend: (ids: string[]) => Fault | undefined = () => undefined;
  let replies = 0;
  let rechecks = 0;
  const publisher = new DurablePublisher({
    publisherId: 'router-a',
    inbox: {
      open(entry) {
        const reply = `_INBOX_test.${replies++}`;
        waiting.set(reply, entry);
        return reply;
      },
      close: (reply) => waiting.delete(reply),
    },
    publisher: {
      send(message) {
        const fault = failToSend(idsIn(message));
        if (fault) throw fault;
        sent.push(message);
      },
    },
    clock: {
      nowMs: () => nowMs,
      every: () => () => undefined,
      after(delayMs, task) {
        timers.set(task, nowMs + delayMs);
        return () => timers.delete(task);
      },
    },
    logger: createLogger({ service: 'test', instance: 'test', level: 'silent' }),
    metrics,
    problems: { report: () => undefined, clear: () => undefined },
    onNotStored: () => rechecks++,
  });
  const publish = (id: string, subject = 'weir.v1.usage.attempted', data = '') => {
    publisher.publish({ id, subject, json: JSON.stringify({ id, data }), atMs: nowMs });
  };
  const answer = (body: string, count = Infinity) => {
    for (const entry of [...waiting.values()].slice(0, count))
      entry.onMessage({ data: { length: body.length }, string: () => body } as Msg);
  };
  return {
    publisher,
    publish,
    publishMany: (count: number, from = 0) => {
      for (let i = from; i < from + count; i++) publish(String(i));
    },
    sent,
    /** The ids of each message's events. */
    sentIds: () => sent.map(idsIn),
    rechecks: () => rechecks,
    /** JetStream answers what it was sent. */
    answer,
    /** Everything that is published is stored, however many messages it takes. */
    answerAll: async () => {
      for (let i = 0; i < 1_000 && publisher.pending > 0; i++) {
        await turn();
        answer(stored);
      }
    },
    lose: () => {
      for (const entry of [...waiting.values()]) entry.onLost(new Fault('bus_disconnected'));
    },
    /** Lets this much time pass. */
    pass: (ms: number) => {
      const untilMs = nowMs + ms;
      for (;;) {
        const [next] = [...timers].toSorted(([, a], [, b]) => a - b);
        if (!next || next[1] > untilMs) break;
        nowMs = next[1];
        timers.delete(next[0]);
        next[0]();
      }
      nowMs = untilMs;
    },
    failToSend: (fail: (ids: string[]) => Fault | undefined) => {
      failToSend = fail;
    },
    /** How many were lost, by reason. */
    lost: async () => {
      const counts: Record<string, number> = {};
      const exposed = (await metrics.expose()).matchAll(
        /^weir_bus_events_lost_total{.*reason="(\w+)".*} (\d+)$/gm,
      );
      for (const [, reason = '', count] of exposed) counts[reason] = Number(count);
      return counts;
    },
  };
}

/** The end of this turn of the event loop. */
const turn = () => new Promise((resolve) => setImmediate(resolve));

function idsIn({ data }: OutgoingMessage): string[] {
  return (JSON.parse(String(data)) as { id: string }[]).map(({ id }) => id);
}

const messageId = ({ headers }: OutgoingMessage) => headers?.get('Nats-Msg-Id');

test('an event alone goes at the end of the turn; those that come meanwhile are the next message', async () => {
  const { publish, sentIds, answer } = setUp();
  publish('a');
  await turn();
  expect(sentIds()).toEqual([['a']]);
  publish('b');
  await turn();
  publish('c');
  await turn();
  expect(sentIds()).toEqual([['a']]);
  answer(stored);
  expect(sentIds()).toEqual([['a'], ['b', 'c']]);
});

test('the events of one turn of the event loop are one message, and each subject has its own', async () => {
  const { publish, sent, sentIds } = setUp();
  publish('a');
  publish('x', 'weir.v1.usage.other');
  publish('b');
  await turn();
  expect(sentIds()).toEqual([['a', 'b'], ['x']]);
  expect(sent.map(({ subject }) => subject)).toEqual(['weir.v1.usage.attempted', 'weir.v1.usage.other']);
  expect(sent[0]?.headers?.get('content-type')).toBe('application/cloudevents-batch+json');
});

test('a batch is sent when it is full, whatever is under way, and no more messages than the window is wide', async () => {
  const { publisher, sentIds, publishMany, answer, answerAll } = setUp();
  publishMany(1);
  await turn();
  publishMany(600, 1);
  await turn();
  expect(sentIds().map(({ length }) => length)).toEqual([1, 256, 256]);
  for (let from = 601; publisher.pending < 9_900; from++) publishMany(1, from);
  await turn();
  expect(sentIds().length).toBeLessThanOrEqual(64);
  answer(stored, 1);
  await answerAll();
  expect(
    sentIds()
      .flat()
      .map(Number)
      .toSorted((a, b) => a - b),
  ).toEqual([...Array(9_900).keys()]);
});

test('what has gathered behind a slow acknowledgement is sent when it is old, and not while JetStream fails', async () => {
  const { publish, sentIds, pass, answer } = setUp();
  publish('a');
  await turn();
  publish('b');
  await turn();
  pass(49);
  expect(sentIds()).toEqual([['a']]);
  pass(1);
  expect(sentIds()).toEqual([['a'], ['b']]);
  answer(refusedBy(10077));
  publish('c');
  await turn();
  pass(1_000);
  expect(sentIds()).not.toContainEqual(['c']);
});

test('what is not stored is sent again after a pause, which grows until something is', async () => {
  const { publisher, rechecks, sent, sentIds, publishMany, answer, pass } = setUp();
  publishMany(3);
  await turn();
  expect(publisher.isFailing).toBe(false);
  for (const [failures, pauseMs] of [100, 200, 400, 800, 1_000, 1_000].entries()) {
    answer(refusedBy(10077));
    pass(pauseMs - 1);
    expect(sent).toHaveLength(failures + 1);
    pass(1);
    expect(sent).toHaveLength(failures + 2);
  }
  // Perhaps the stream has gone: whoever ensures it hears so once a pause.
  expect(rechecks()).toBe(6);
  expect(publisher.isFailing).toBe(true);
  answer(stored);
  expect(publisher.isFailing).toBe(false);
  expect(publisher.pending).toBe(0);
  // The same events under the same id, so that JetStream stores them once, to another reply subject each time.
  expect(new Set(sentIds().map(String))).toEqual(new Set(['0,1,2']));
  expect(new Set(sent.map(messageId)).size).toBe(1);
  expect(new Set(sent.map(({ reply }) => reply)).size).toBe(7);
});

test('what the connection took with it is kept until there is one again', async () => {
  const { publisher, sent, publishMany, lose, answerAll, pass, failToSend } = setUp();
  publishMany(3);
  await turn();
  failToSend(() => new Fault('bus_disconnected'));
  lose();
  publishMany(2, 3);
  await turn();
  pass(100);
  expect(publisher.pending).toBe(5);
  expect(sent).toHaveLength(1);
  failToSend(() => undefined);
  pass(1_000);
  await answerAll();
  expect(publisher.pending).toBe(0);
});

test('beyond the end of the queue the newest are refused and counted, until there is room again', async () => {
  const { publisher, sentIds, publishMany, publish, answer, answerAll, lost } = setUp();
  publishMany(10_003);
  expect(publisher.pending).toBe(10_000);
  expect(await lost()).toEqual({ queue_full: 3 });
  await turn();
  answer(stored, 1);
  publish('too soon');
  expect(await lost()).toEqual({ queue_full: 4 });
  while (publisher.pending > 9_000) answer(stored, 1);
  publish('last');
  await answerAll();
  expect(sentIds().flat()).toHaveLength(10_001);
  expect(await lost()).toEqual({ queue_full: 4 });
});

test('who waits for what was published hears of it when it is stored, and of an event that could not be', async () => {
  const { publisher, publish, publishMany, answer, answerAll, pass } = setUp();
  await publisher.published();
  publish('a');
  await turn();
  const first = publisher.published();
  publish('b');
  await turn();
  answer(refusedBy(10054), 1);
  await expect(first).rejects.toMatchObject({ code: 'service_unavailable' });
  await expect(publisher.published()).rejects.toMatchObject({ code: 'service_unavailable' });
  pass(60_000);
  const second = publisher.published();
  await answerAll();
  await second;
  publishMany(10_001);
  await expect(publisher.published()).rejects.toMatchObject({ code: 'service_unavailable' });
});

test('an event that can never be stored is lost alone, counted, and holds nothing up', async () => {
  const { publisher, publish, sentIds, answer, answerAll, failToSend, lost } = setUp();
  publish('a');
  publish('too large for the bus');
  publish('b');
  failToSend((ids) => (ids.includes('too large for the bus') ? new Fault('internal_error') : undefined));
  await turn();
  await answerAll();
  expect(sentIds()).toEqual([['a'], ['b']]);
  publish('c');
  publish('too large for the stream');
  await turn();
  answer(refusedBy(10054));
  expect(sentIds().slice(3)).toEqual([['c'], ['too large for the stream']]);
  answer(stored, 1);
  answer(refusedBy(10054));
  await publisher.settled();
  expect(await lost()).toEqual({ refused: 1, too_large: 1 });
});

test('a large event does not make the batch of the others too large', async () => {
  const { publish, sentIds } = setUp();
  publish('a');
  publish('large', undefined, 'x'.repeat(300_000));
  publish('b');
  await turn();
  expect(sentIds()).toEqual([['a'], ['large']]);
});

test('is settled when everything is stored, and no sooner', async () => {
  const { publisher, publishMany, answer, pass } = setUp();
  await publisher.settled();
  publishMany(300);
  await turn();
  let isSettled = false;
  const settled = publisher.settled().then(() => {
    isSettled = true;
  });
  answer(refusedBy(10077));
  pass(100);
  answer(stored, 1);
  await turn();
  expect(isSettled).toBe(false);
  answer(stored);
  answer(stored);
  await settled;
});

test('what is not stored when it stops is counted as lost, and so is what comes later', async () => {
  const { publisher, sent, publishMany, lose, pass, lost } = setUp();
  publishMany(70);
  await turn();
  publisher.stop();
  publishMany(2);
  lose();
  pass(5_000);
  expect(sent).toHaveLength(1);
  expect(await lost()).toEqual({ stopped: 72 });
});

test('batches lose nothing, double nothing and keep the order, whatever comes when, while JetStream answers', async () => {
  const step = fc.oneof(
    fc.record({ publish: fc.integer({ min: 1, max: 300 }), size: fc.constantFrom(1, 90_000) }),
    fc.constantFrom('turn', 'answer one', 'answer all', 'time' as const),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      const { publish, sent, sentIds, answer, answerAll, pass, lost } = setUp();
      let count = 0;
      for (const step of steps) {
        if (typeof step === 'object') {
          const { size } = step;
          const many = size > 1 ? Math.min(step.publish, 5) : step.publish;
          for (let i = 0; i < many && count < 9_000; i++)
            publish(String(count++), undefined, 'x'.repeat(size));
        } else if (step === 'turn') await turn();
        else if (step === 'time') pass(20);
        else answer(stored, step === 'answer one' ? 1 : Infinity);
      }
      await answerAll();
      expect(sentIds().flat()).toEqual([...Array(count).keys()].map(String));
      expect(new Set(sent.map(messageId)).size).toBe(sent.length);
      for (const message of sent) {
        expect(idsIn(message).length).toBeLessThanOrEqual(256);
        if (idsIn(message).length > 1) expect(String(message.data).length).toBeLessThan(262_144 + 600);
      }
      expect(await lost()).toEqual({});
    }),
    { numRuns: 40 },
  );
});
