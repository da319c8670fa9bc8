import { durableEvent } from '@weir/contracts/descriptors';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { systemClock } from '../../../clock.ts';
import { Fault } from '../../../fault.ts';
import { createLogger } from '../../../logger.ts';
import { BatchHandler, type ReadMessage } from './batch-handler.ts';
import type { PulledMessage } from './pulled-message.ts';

const tried = durableEvent('usage.tried', {
  stream: { name: 'WEIR_USAGE', subjects: ['weir.v1.usage.>'] },
  data: z.object({}),
});

type Tried = typeof tried;

/** A handler of batches, with what it was given, how each message was answered, and its dead letters. */
function setUp(handle: (ids: string[]) => Promise<void>, { storesLetters = true } = {}) {
  const calls: string[][] = [];
  const answers: string[] = [];
  const letters: string[] = [];
  const batches = new BatchHandler<Tried>({
    event: tried,
    handler: async (events) => {
      const ids = events.map(({ id }) => id);
      calls.push(ids);
      await handle(ids);
    },
    limits: { maxDeliveries: 3, redelivery: { firstMs: 10, longestMs: 100 }, handlerTimeoutMs: 1_000 },
    letters: {
      write: async (_event, _from, { id = '' }, reason) => {
        if (!storesLetters) throw new Fault('service_unavailable');
        letters.push(`${id}: ${reason}`);
      },
    },
    cut: new AbortController().signal,
    clock: systemClock,
    logger: createLogger({ service: 'test', instance: 'test', level: 'silent' }),
    onHandled: () => undefined,
    onLetterNotStored: () => undefined,
  });
  const message = (name: string, ids: string[], deliveries = 1): ReadMessage<Tried> => ({
    message: {
      deliveries,
      ack: () => answers.push(`${name} ack`),
      nak: (delayMs: number) => answers.push(`${name} again in ${delayMs}`),
    } as unknown as PulledMessage,
    events: ids.map((id, index) => ({
      received: { id, source: '', timeMs: undefined, streamSequence: 1, data: {} },
      asDead: () => ({ index, id, contentType: '', data: '' }),
    })),
    refused: [],
  });
  return { batches, message, calls, answers, letters };
}

const failsOn = (bad: string) => async (ids: string[]) => {
  if (ids.includes(bad)) throw new Error('no');
};

test('messages that come for the first time are one call, and fail together', async () => {
  const { batches, message, calls, answers } = setUp(failsOn('c'));
  expect(await batches.handle([message('A', ['a', 'b']), message('B', ['c'])])).toBeUndefined();
  expect(calls).toEqual([['a', 'b', 'c']]);
  expect(answers).toEqual(['A again in 10', 'B again in 10']);
});

test('of those that come again only the message with the event that fails comes once more', async () => {
  const { batches, message, answers, letters } = setUp(failsOn('c'));
  await batches.handle([message('A', ['a', 'b'], 2), message('B', ['c', 'd'], 2), message('C', ['e'])]);
  expect(answers).toEqual(['C ack', 'A ack', 'B again in 20']);
  expect(letters).toEqual([]);
});

test('at the bound the event that fails is a dead letter, and its message is dealt with', async () => {
  const { batches, message, calls, answers, letters } = setUp(failsOn('c'));
  await batches.handle([message('B', ['c', 'd'], 3)]);
  expect(calls).toEqual([['c', 'd'], ['c'], ['d']]);
  expect(answers).toEqual(['B ack']);
  expect(letters).toEqual(['c: internal_error']);
});

test('a message whose dead letter cannot be kept comes again', async () => {
  const { batches, message, answers } = setUp(failsOn('c'), { storesLetters: false });
  await batches.handle([message('B', ['c'], 9)]);
  expect(answers).toEqual(['B again in 100']);
});

test('an outage is told, and keeps every message, however often it came', async () => {
  const { batches, message, calls, answers, letters } = setUp(async () => {
    throw new Fault('service_unavailable');
  });
  expect(await batches.handle([message('A', ['a'], 9), message('B', ['b', 'c'], 1)])).toMatchObject({
    code: 'service_unavailable',
  });
  expect(calls).toHaveLength(1);
  expect(answers.toSorted()).toEqual(['A again in 100', 'B again in 10']);
  expect(letters).toEqual([]);
});
