import { headers as createHeaders, type Msg } from '@nats-io/transport-node';
import { expect, test } from 'vitest';
import { Fault } from '../../fault.ts';
import { createLogger } from '../../logger.ts';
import { createMetrics } from '../../metrics.ts';
import type { PendingReply } from '../connection/reply-inbox.ts';
import type { OutgoingMessage } from '../connection/batching-publisher.ts';
import { DurablePublisher } from './durable-publisher.ts';

const stored = '{"stream":"WEIR_USAGE","seq":1}';
const refusedBy = (code: number) =>
  JSON.stringify({ error: { code: 503, err_code: code, description: 'no' } });

/** A recorder whose JetStream is the test. */
function setUp() {
  const metrics = createMetrics('test');
  const asked = new Map<string, PendingReply>();
  const sent: OutgoingMessage[] = [];
  const pausesMs: number[] = [];
  let endPause: (() => void) | undefined;
  let sendFault: Fault | undefined;
  let replies = 0;
  let doubts = 0;
  const recorder = new DurablePublisher({
    inbox: {
      open(entry) {
        const reply = `_INBOX_test.${replies++}`;
        asked.set(reply, entry);
        return reply;
      },
      close: (reply) => asked.delete(reply),
    },
    publisher: {
      send(message) {
        if (sendFault) throw sendFault;
        sent.push(message);
      },
    },
    clock: {
      nowMs: () => 0,
      every: () => () => undefined,
      after(delayMs, task) {
        pausesMs.push(delayMs);
        endPause = task;
        return () => undefined;
      },
    },
    logger: createLogger({ service: 'test', instance: 'test', level: 'silent' }),
    metrics,
    onNotStored: () => doubts++,
  });
  const record = (id: string) => {
    recorder.record({ id, subject: 'weir.v1.usage.attempted', data: '{}', headers: createHeaders() });
  };
  return {
    recorder,
    doubts: () => doubts,
    sent,
    pausesMs,
    record,
    recordMany: (count: number) => {
      for (let i = 0; i < count; i++) record(String(i));
    },
    /** JetStream answers all that it was sent. */
    answer: (body: string) => {
      for (const entry of [...asked.values()])
        entry.onMessage({ data: { length: body.length }, string: () => body } as Msg);
    },
    lose: () => {
      for (const entry of [...asked.values()]) entry.onLost(new Fault('bus_disconnected'));
    },
    endPause: () => {
      endPause?.();
    },
    failToSend: (fault: Fault | undefined) => {
      sendFault = fault;
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

test('no more are on their way than the window is wide', () => {
  const { recorder, sent, recordMany, answer } = setUp();
  recordMany(100);
  expect(sent).toHaveLength(64);
  expect(recorder.pending).toBe(100);
  answer(stored);
  expect(sent).toHaveLength(100);
  answer(stored);
  expect(recorder.pending).toBe(0);
});

test('what is not stored is sent again after a pause, which grows until something is', () => {
  const { recorder, doubts, sent, pausesMs, recordMany, answer, endPause } = setUp();
  recordMany(3);
  expect(recorder.isFailing).toBe(false);
  for (let attempt = 1; attempt < 7; attempt++) {
    answer(refusedBy(10077));
    expect(sent).toHaveLength(3 * attempt);
    endPause();
  }
  expect(pausesMs).toEqual([100, 200, 400, 800, 1_000, 1_000]);
  // Perhaps the stream has gone: whoever keeps it hears so once a pause.
  expect(doubts()).toBe(6);
  expect(recorder.isFailing).toBe(true);
  answer(stored);
  expect(recorder.isFailing).toBe(false);
  expect(recorder.pending).toBe(0);
  recordMany(1);
  answer('');
  expect(pausesMs.at(-1)).toBe(100);
  expect(new Set(sent.slice(0, 21).map(({ reply }) => reply))).toHaveProperty('size', 21);
});

test('what the connection took with it is kept until there is one again', () => {
  const { recorder, sent, recordMany, lose, answer, endPause, failToSend } = setUp();
  recordMany(3);
  failToSend(new Fault('bus_disconnected'));
  lose();
  recordMany(2);
  endPause();
  expect(recorder.pending).toBe(5);
  expect(sent).toHaveLength(3);
  failToSend(undefined);
  endPause();
  expect(sent).toHaveLength(8);
  answer(stored);
  expect(recorder.pending).toBe(0);
});

test('beyond the end of the queue the newest are refused and counted, until there is room again', async () => {
  const { recorder, sent, recordMany, record, answer, lost } = setUp();
  recordMany(10_003);
  expect(recorder.pending).toBe(10_000);
  expect(await lost()).toEqual({ queue_full: 3 });
  answer(stored);
  record('too soon');
  expect(await lost()).toEqual({ queue_full: 4 });
  while (recorder.pending > 9_000) answer(stored);
  record('last');
  while (recorder.pending > 0) answer(stored);
  expect(sent).toHaveLength(10_001);
  expect(await lost()).toEqual({ queue_full: 4 });
});

test('what can never be stored is given up and counted, and holds nothing up', async () => {
  const { recorder, record, answer, failToSend, lost } = setUp();
  record('too large for the stream');
  answer(refusedBy(10054));
  failToSend(new Fault('internal_error'));
  record('too large for the bus');
  failToSend(undefined);
  record('well');
  answer(stored);
  await recorder.settled();
  expect(await lost()).toEqual({ refused: 1, too_large: 1 });
});

test('is settled when everything is stored, and no sooner', async () => {
  const { recorder, recordMany, answer, endPause } = setUp();
  await recorder.settled();
  recordMany(70);
  let isSettled = false;
  const settled = recorder.settled().then(() => {
    isSettled = true;
  });
  answer(refusedBy(10077));
  endPause();
  answer(stored);
  await Promise.resolve();
  expect(isSettled).toBe(false);
  answer(stored);
  await settled;
});

test('what is not stored when it stops is counted as lost, and so is what comes later', async () => {
  const { recorder, sent, recordMany, lose, endPause, lost } = setUp();
  recordMany(70);
  recorder.stop();
  recordMany(2);
  lose();
  endPause();
  expect(sent).toHaveLength(64);
  expect(await lost()).toEqual({ stopped: 72 });
});
