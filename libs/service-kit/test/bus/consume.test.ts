import { systemClock } from '@weir/service-kit/clock';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { used } from '@weir/testkit/conformance/contracts';
import { eventually } from '@weir/testkit/eventually';
import { afterEach, expect, test } from 'vitest';
import { cloudEvent, ConsumeHarness, consumeIds, publishMany, stream } from './consume-harness.ts';

let harness: ConsumeHarness;
afterEach(() => harness.close());

test('what was published before and after is handled once and in its order, in batches', async () => {
  harness = await ConsumeHarness.start();
  const bus = await harness.joinWithStream();
  const ids = publishMany(bus, 500);
  const sizes: number[] = [];
  const handled = consumeIds(bus, {}, async (events) => {
    sizes.push(events.length);
  });
  ids.push(...publishMany(bus, 500, 500));
  await eventually(() => {
    expect(handled).toEqual(ids);
  });
  expect(sizes.length).toBeLessThan(50);
});

test('an event says what was published, when, and by whom', async () => {
  harness = await ConsumeHarness.start();
  const bus = await harness.joinWithStream();
  const received: unknown[] = [];
  const fromMs = systemClock.nowMs();
  consumeIds(bus, {}, async (events) => {
    received.push(...events);
  });
  bus.publishDurable(used, { units: 3 }, 'one');
  await eventually(() => {
    expect(received).toEqual([
      {
        id: 'one',
        source: '/weir/router',
        timeMs: expect.any(Number) as unknown,
        streamSequence: 1,
        data: { units: 3 },
      },
    ]);
  });
  const [{ timeMs } = { timeMs: 0 }] = received as { timeMs: number }[];
  expect(timeMs).toBeGreaterThanOrEqual(fromMs);
  expect(timeMs).toBeLessThanOrEqual(systemClock.nowMs());
});

test('a batch has no more events than it may, but for a message that holds more', async () => {
  harness = await ConsumeHarness.start('open');
  const bus = await harness.joinWithStream();
  const sizes = [200, ...Array<number>(100).fill(3), 70, 1];
  const messages = sizes.map((size, m) => Array.from({ length: size }, (_, i) => `${m}.${i}`));
  for (const ids of messages) await harness.store(ids.map((id) => cloudEvent(id)));
  const batches: number[] = [];
  const handled = consumeIds(bus, { maxEvents: 60 }, async (events) => {
    batches.push(events.length);
  });
  await eventually(() => {
    expect(handled).toEqual(messages.flat());
  });
  expect(batches.filter((size) => size > 60)).toEqual([200, 70]);
  expect(Math.max(...batches.slice(1, -2))).toBe(60);
});

test('as many batches are handled at once as may be, each event once', async () => {
  harness = await ConsumeHarness.start();
  const bus = await harness.joinWithStream();
  const ids = publishMany(bus, 1_000);
  let underWay = 0;
  let most = 0;
  const handled = consumeIds(bus, { maxEvents: 100, concurrency: 3 }, async () => {
    most = Math.max(most, ++underWay);
    await new Promise((resolve) => setTimeout(resolve, 20));
    underWay--;
  });
  await eventually(() => {
    expect(handled.toSorted()).toEqual(ids.toSorted());
  });
  expect(most).toBe(3);
});

test('a replica that stops ends all batches that it has begun, and gives back what it has not', async () => {
  harness = await ConsumeHarness.start();
  const first = await harness.joinWithStream();
  const ids: string[] = [];
  for (let message = 0; message < 10; message++) {
    ids.push(...publishMany(first, 100, message * 100));
    await first.durablePublished();
  }
  const { promise: stopped, resolve: goOn } = Promise.withResolvers<undefined>();
  let underWay = 0;
  const handled = consumeIds(first, { maxEvents: 100, concurrency: 3 }, async () => {
    underWay++;
    await stopped;
  });
  await eventually(() => {
    expect(underWay).toBe(3);
  });
  // One that waits already: where none does, nats-server 2.9 loses sight of the first message that is given back, for 30 s.
  const rest = consumeIds(await harness.join(), { concurrency: 3 });
  await eventually(async () => {
    expect(await harness.consumerInfo()).toMatchObject({ num_waiting: 2 });
  });
  const left = harness.leave(first);
  goOn(undefined);
  await left;
  expect(handled).toHaveLength(300);
  await eventually(() => {
    expect([...handled, ...rest].toSorted()).toEqual(ids.toSorted());
  });
});

test('replicas share the work, and nothing is handled by two', async () => {
  harness = await ConsumeHarness.start();
  const [first, second] = [await harness.joinWithStream(), await harness.join()];
  const pause = () => new Promise<void>((resolve) => setTimeout(resolve, 2));
  const handled = [first, second].map((bus) => consumeIds(bus, { maxEvents: 1 }, pause));
  const ids: string[] = [];
  for (let i = 0; i < 300; i++) {
    ids.push(...publishMany(first, 1, i));
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await eventually(() => {
    expect(handled.flat().toSorted()).toEqual(ids.toSorted());
  });
  for (const own of handled) expect(own.length).toBeGreaterThan(20);
});

test('a handler that is slow keeps its events for as long as it works', async () => {
  harness = await ConsumeHarness.start('open');
  await harness.createConsumer({ ackWaitMs: 300 });
  const [bus, other] = [await harness.join(), await harness.join()];
  const slowly = () => new Promise<void>((resolve) => setTimeout(resolve, 1_500));
  const handled = [bus, other].map((replica) => consumeIds(replica, {}, slowly));
  publishMany(bus, 3);
  await eventually(() => {
    expect(handled.flat()).toHaveLength(3);
  });
  await eventually(async () => {
    expect(await harness.consumerInfo()).toMatchObject({ num_ack_pending: 0, num_pending: 0 });
  });
  expect(handled.flat()).toHaveLength(3);
});

test('what a replica had handled and not acknowledged as it was killed is handled again', async () => {
  harness = await ConsumeHarness.start('open');
  await harness.createConsumer({ ackWaitMs: 500 });
  const bus = await harness.join();
  const child = fork(new URL('../processes/dying-consumer.ts', import.meta.url), [
    harness.server.urlFor('router'),
  ]);
  const told = once(child, 'message');
  const ids = publishMany(bus, 20);
  const [handledByChild] = (await told) as [string[]];
  expect(handledByChild.length).toBeGreaterThan(0);
  child.kill('SIGKILL');
  await once(child, 'exit');
  const handled = consumeIds(bus);
  await eventually(() => {
    expect(handled.toSorted()).toEqual(ids.toSorted());
  }, 10_000);
  expect(await harness.deadLetters()).toEqual([]);
});

test('what is published and consumed while the server is killed and comes back is handled, each event', async () => {
  harness = await ConsumeHarness.start();
  const bus = await harness.joinWithStream();
  const handled = consumeIds(bus);
  const ids = publishMany(bus, 300);
  await eventually(() => {
    expect(handled.length).toBeGreaterThan(0);
  });
  ids.push(...publishMany(bus, 300, 300));
  await harness.server.kill();
  ids.push(...publishMany(bus, 300, 600));
  await eventually(() => {
    expect(bus.connected).toBe(false);
  });
  await harness.server.restart();
  ids.push(...publishMany(bus, 300, 900));
  await eventually(() => {
    expect(new Set(handled)).toEqual(new Set(ids));
  }, 20_000);
  expect(await harness.deadLetters()).toEqual([]);
});

test('a consumer that has gone is created anew, and so is one whose stream comes later', async () => {
  harness = await ConsumeHarness.start('open');
  const bus = await harness.join();
  const handled = consumeIds(bus);
  const before = publishMany(bus, 10);
  await bus.ensureStream(stream);
  await eventually(() => {
    expect(handled).toEqual(before);
  }, 10_000);
  await harness.request('CONSUMER.DELETE.WEIR_USAGE.router-usage-tried');
  const after = publishMany(bus, 10, 10);
  await eventually(() => {
    expect(new Set(handled)).toEqual(new Set([...before, ...after]));
  }, 10_000);
});

test('a replica that is drained finishes what it has begun, and the rest goes to the others at once', async () => {
  harness = await ConsumeHarness.start();
  const [leaving, staying] = [await harness.joinWithStream(), await harness.join()];
  const begun = Promise.withResolvers<undefined>();
  const finish = Promise.withResolvers<undefined>();
  const first = consumeIds(leaving, { maxEvents: 1 }, async () => {
    begun.resolve(undefined);
    await finish.promise;
  });
  const ids: string[] = [];
  for (let i = 0; i < 20; i++) {
    ids.push(...publishMany(leaving, 1, i));
    await new Promise((resolve) => setImmediate(resolve));
  }
  await begun.promise;
  const others = consumeIds(staying);
  // nats-server 2.9 keeps what is given back for the ack wait where no other replica waits for it.
  await eventually(async () => {
    expect(await harness.consumerInfo()).toMatchObject({ num_pending: 0, num_waiting: 2 });
  });
  const left = harness.leave(leaving);
  finish.resolve(undefined);
  await left;
  expect(first).toHaveLength(1);
  await eventually(() => {
    expect([...first, ...others].toSorted()).toEqual(ids.toSorted());
  });
});

test('a handler that outlives the drain time-out is told to end, and its events come again', async () => {
  harness = await ConsumeHarness.start();
  const bus = await harness.joinWithStream();
  const [leaving, staying] = [await harness.join({ drainTimeoutMs: 100 }), await harness.join()];
  const begun = Promise.withResolvers<AbortSignal>();
  leaving.consume(used, async (_events, signal) => {
    begun.resolve(signal);
    await new Promise(() => undefined);
  });
  const ids = publishMany(bus, 5);
  const signal = await begun.promise;
  await harness.leave(leaving);
  expect(signal.reason).toMatchObject({ code: 'service_lost' });
  const handled = consumeIds(staying);
  await eventually(() => {
    expect(handled.toSorted()).toEqual(ids.toSorted());
  });
});
