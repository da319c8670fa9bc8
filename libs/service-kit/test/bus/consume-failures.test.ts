import { Fault } from '@weir/service-kit/fault';
import {
  countDeadLetters,
  deleteDeadLetter,
  listDeadLetters,
  replayDeadLetters,
} from '@weir/service-kit/bus/jetstream/dead-letters';
import { used } from '@weir/testkit/conformance/contracts';
import { eventually } from '@weir/testkit/eventually';
import { createMetrics } from '@weir/service-kit/metrics';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { cloudEvent, ConsumeHarness, consumeIds, publishMany } from './consume-harness.ts';

let harness: ConsumeHarness;
beforeEach(async () => {
  harness = await ConsumeHarness.start('open');
});
afterEach(() => harness.close());

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString();

async function untilLetters(count: number) {
  return eventually(async () => {
    const letters = await harness.deadLetters();
    expect(letters).toHaveLength(count);
    return letters;
  }, 10_000);
}

describe('an event whose handling fails', () => {
  test('comes again, after a pause that grows, until it is handled', async () => {
    const bus = await harness.joinWithStream();
    const triedAtMs: number[] = [];
    const handled = consumeIds(bus, { redelivery: { firstMs: 100, longestMs: 1_000 } }, async () => {
      triedAtMs.push(performance.now());
      if (triedAtMs.length < 4) throw new Error('not yet');
    });
    publishMany(bus, 1);
    await eventually(() => {
      expect(handled).toEqual(['event 0']);
    });
    const pausesMs = triedAtMs.slice(1).map((atMs, i) => atMs - (triedAtMs[i] ?? 0));
    for (const [i, leastMs] of [90, 190, 390].entries()) expect(pausesMs[i]).toBeGreaterThan(leastMs);
    expect(await harness.deadLetters()).toEqual([]);
  });

  test.each([
    { batches: 'one batch at once', concurrency: 1 },
    { batches: 'several', concurrency: 4 },
  ])(
    'and goes on failing becomes a dead letter alone, in $batches: all its neighbours are handled',
    async ({ concurrency }) => {
      const metrics = createMetrics('router');
      const bus = await harness.joinWithStream();
      const consumer = await harness.join({ metrics });
      const ids = publishMany(bus, 300);
      const handled = new Set<string>();
      consumeIds(consumer, { maxDeliveries: 3, maxEvents: 50, concurrency }, async (events) => {
        if (events.some(({ data }) => data.units === 123)) throw new Error('a secret of the event');
        for (const { id } of events) handled.add(id);
      });
      const [letter] = await untilLetters(1);
      expect(letter).toMatchObject({
        service: 'router',
        event: 'usage.tried',
        eventId: 'event 123',
        reason: 'internal_error',
        deliveries: 3,
        origin: { stream: 'WEIR_USAGE', subject: used.subject },
        contentType: 'application/cloudevents+json',
      });
      expect(JSON.parse(text(letter?.data ?? new Uint8Array()))).toMatchObject({
        id: 'event 123',
        source: '/weir/router',
        data: { units: 123 },
      });
      expect(handled).toEqual(new Set(ids.filter((id) => id !== 'event 123')));
      expect(await metrics.expose()).toMatch(/weir_bus_dead_letters_total{.*reason="internal_error".*} 1$/m);
      await eventually(async () => {
        expect(await harness.consumerInfo()).toMatchObject({ num_ack_pending: 0, num_pending: 0 });
      });
    },
  );

  test('because something is away is tried for as long as that lasts', async () => {
    const bus = await harness.joinWithStream();
    let tries = 0;
    const handled = consumeIds(bus, { maxDeliveries: 2 }, async () => {
      if (++tries <= 3) throw new Fault('service_unavailable');
    });
    const ids = publishMany(bus, 10);
    await eventually(() => {
      expect(handled).toEqual(ids);
    }, 15_000);
    expect(await harness.deadLetters()).toEqual([]);
  });

  test('because its handler hangs comes again, and the handler hears of it', async () => {
    const bus = await harness.joinWithStream();
    const signals: AbortSignal[] = [];
    const handled = consumeIds(bus, { handlerTimeoutMs: 100 }, async (_events, signal) => {
      signals.push(signal);
      if (signals.length === 1) await new Promise(() => undefined);
    });
    publishMany(bus, 1);
    await eventually(() => {
      expect(handled).toEqual(['event 0']);
    });
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false]);
    expect(signals[0]?.reason).toMatchObject({ code: 'deadline_exceeded' });
  });
});

describe('what is no event', () => {
  test('becomes a dead letter at once, with its bytes and its headers as they were', async () => {
    const bus = await harness.joinWithStream();
    const handled = consumeIds(bus);
    await harness.storeRaw('{"id": "cut o', {
      'content-type': 'application/cloudevents+json',
      other: 'kept',
    });
    await harness.storeRaw('{"not":"a batch"}', { 'content-type': 'application/cloudevents-batch+json' });
    publishMany(bus, 1);
    const letters = await untilLetters(2);
    expect(letters).toMatchObject([
      { eventId: undefined, reason: 'invalid_json', deliveries: 1, origin: { sequence: 1 } },
      { eventId: undefined, reason: 'invalid_request', deliveries: 1, origin: { sequence: 2 } },
    ]);
    expect(letters.map(({ data }) => text(data))).toEqual(['{"id": "cut o', '{"not":"a batch"}']);
    await eventually(() => {
      expect(handled).toEqual(['event 0']);
    });
  });

  test('loses only itself where it came in a batch', async () => {
    const bus = await harness.joinWithStream();
    const handled = consumeIds(bus);
    await harness.store([cloudEvent('good'), cloudEvent('bad', { units: 'many' }), {}, cloudEvent('well')]);
    const letters = await untilLetters(2);
    expect(letters.map(({ eventId, reason }) => ({ eventId, reason }))).toEqual([
      { eventId: 'bad', reason: 'invalid_request' },
      { eventId: undefined, reason: 'invalid_request' },
    ]);
    expect(handled).toEqual(['good', 'well']);
  });

  test('is not taken for one that came as older routers sent it, or alone', async () => {
    const bus = await harness.joinWithStream();
    const handled = consumeIds(bus);
    await harness.storeRaw('{"units":3}', {
      'content-type': 'application/json',
      'ce-id': 'binary',
      'ce-source': '/weir/router',
      'ce-time': '2026-01-01T00:00:00.000Z',
    });
    await harness.storeRaw(JSON.stringify(cloudEvent('structured')), {
      'content-type': 'application/cloudevents+json',
    });
    await eventually(() => {
      expect(handled).toEqual(['binary', 'structured']);
    });
    expect(await harness.deadLetters()).toEqual([]);
  });
});

describe('dead letters', () => {
  /** Five letters, and whether their handler fails still. */
  async function fiveLetters() {
    const bus = await harness.joinWithStream();
    const state = { fails: true };
    const handled = consumeIds(bus, { maxDeliveries: 1 }, async () => {
      if (state.fails) throw new Error('no');
    });
    publishMany(bus, 5);
    return { bus, handled, state, letters: await untilLetters(5) };
  }

  test('are counted, and listed page by page and by their service and event', async () => {
    const { letters } = await fiveLetters();
    expect(await countDeadLetters(harness.operator)).toEqual([
      { service: 'router', event: 'usage.tried', count: 5 },
    ]);
    const first = await listDeadLetters(harness.operator, {
      service: 'router',
      event: 'usage.tried',
      limit: 3,
    });
    expect(first.letters).toEqual(letters.slice(0, 3));
    const second = await listDeadLetters(harness.operator, { limit: 3, after: first.next ?? 0 });
    expect(second).toEqual({ letters: letters.slice(3), next: undefined });
    expect((await listDeadLetters(harness.operator, { event: 'usage.attempted' })).letters).toEqual([]);
    expect((await listDeadLetters(harness.operator, { service: 'cost' })).letters).toEqual([]);
    await expect(listDeadLetters(harness.operator, { service: '>' })).rejects.toMatchObject({
      code: 'invalid_request',
    });
  });

  test('are deleted one by one', async () => {
    const { letters } = await fiveLetters();
    const sequence = letters[2]?.sequence ?? 0;
    expect(await deleteDeadLetter(harness.operator, sequence)).toBe(true);
    expect(await deleteDeadLetter(harness.operator, sequence)).toBe(false);
    expect(await harness.deadLetters()).toEqual(letters.toSpliced(2, 1));
  });

  test('that are replayed reach the service that failed and no other, and are letters no more', async () => {
    const { handled, state, letters } = await fiveLetters();
    const stored = await harness.storedCount('WEIR_USAGE');
    state.fails = false;
    const replayed: number[] = [];
    const options = {
      service: 'router',
      onReplayed: ({ sequence }: { sequence: number }) => replayed.push(sequence),
    };
    expect(await replayDeadLetters(harness.operator, options)).toBe(5);
    expect(replayed).toEqual(letters.map(({ sequence }) => sequence));
    await eventually(() => {
      expect(handled.toSorted()).toEqual(letters.map(({ eventId }) => eventId).toSorted());
    });
    await eventually(async () => {
      expect(await harness.storedCount('WEIR_DEAD_LETTERS')).toBe(0);
    });
    expect(await harness.storedCount('WEIR_USAGE')).toBe(stored);
  });

  test('that die again are new letters, which tell where the event was at first', async () => {
    const { letters } = await fiveLetters();
    const [one] = letters;
    const sequences = [one?.sequence ?? 0];
    expect(await replayDeadLetters(harness.operator, { sequences })).toBe(1);
    const later = await eventually(async () => {
      const now = await harness.deadLetters();
      expect(now.map(({ eventId }) => eventId).toSorted()).toEqual(
        letters.map(({ eventId }) => eventId).toSorted(),
      );
      return now;
    });
    const again = later.find(({ eventId }) => eventId === one?.eventId);
    expect(again?.sequence).toBeGreaterThan(letters.at(-1)?.sequence ?? Infinity);
    expect(again?.origin).toEqual(one?.origin);
    expect(again?.data).toEqual(one?.data);
  });

  test('are none where nobody has ever consumed', async () => {
    expect(await harness.deadLetters()).toEqual([]);
    expect(await countDeadLetters(harness.operator)).toEqual([]);
    expect(await replayDeadLetters(harness.operator)).toBe(0);
    expect(await deleteDeadLetter(harness.operator, 1)).toBe(false);
  });
});

test('a service and an operator need no more rights than they have to fail, to keep, and to replay', async () => {
  await harness.close();
  harness = await ConsumeHarness.start('weir');
  const bus = await harness.joinWithStream();
  let fails = true;
  const handled = consumeIds(bus, { maxDeliveries: 1 }, async () => {
    if (fails) throw new Error('no');
  });
  publishMany(bus, 1);
  await untilLetters(1);
  fails = false;
  expect(await replayDeadLetters(harness.operator)).toBe(1);
  await eventually(() => {
    expect(handled).toEqual(['event 0']);
  });
});
