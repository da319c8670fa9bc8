import { replayDeadLetters } from '@weir/service-kit/bus/jetstream/dead-letters';
import { Fault } from '@weir/service-kit/fault';
import { createMetrics } from '@weir/service-kit/metrics';
import { used } from '@weir/testkit/conformance/contracts';
import { eventually } from '@weir/testkit/eventually';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ConsumeHarness, consumeIds, publishMany, stream } from './consume-harness.ts';

let harness: ConsumeHarness;
beforeEach(async () => {
  harness = await ConsumeHarness.start();
});
afterEach(() => harness.close());

describe('of two consumers of one event in a service', () => {
  test('each gets every event, and an outage of what one needs does not stop the other', async () => {
    const bus = await harness.joinWithStream();
    let isAway = true;
    const handled = consumeIds(bus);
    const ledger = consumeIds(bus, { as: 'ledger' }, async () => {
      if (isAway) throw new Fault('service_unavailable');
    });
    const ids = publishMany(bus, 300);
    await eventually(() => {
      expect(handled).toEqual(ids);
    });
    expect(ledger).toEqual([]);
    await eventually(async () => {
      expect(await bus.consumerPosition(used)).toMatchObject({ pending: 0 });
    });
    expect((await bus.consumerPosition(used, { as: 'ledger' })).pending).toBeGreaterThan(0);
    isAway = false;
    await eventually(() => {
      expect(ledger.toSorted()).toEqual(ids.toSorted());
    }, 10_000);
    expect(handled).toEqual(ids);
  });

  test('each has its own dead letters, which a replay gives back to it and not to the other', async () => {
    const metrics = createMetrics('router');
    await harness.joinWithStream();
    const bus = await harness.join({ metrics });
    let fails = true;
    const sequences: number[] = [];
    const failing = { maxDeliveries: 1, as: 'ledger' };
    const handled = consumeIds(bus, { maxDeliveries: 1 }, async () => {
      if (fails) throw new Error('no');
    });
    const ledger = consumeIds(bus, failing, async (events) => {
      if (fails) throw new Error('no');
      sequences.push(...events.map(({ streamSequence }) => streamSequence));
    });
    publishMany(bus, 1);
    const letters = await eventually(async () => {
      const both = await harness.deadLetters();
      expect(both.map(({ service }) => service).toSorted()).toEqual(['router', 'router-ledger']);
      return both;
    });
    expect(letters).toMatchObject([{ event: 'usage.tried' }, { event: 'usage.tried' }]);
    const exposed = await metrics.expose();
    expect(exposed).toMatch(/^weir_bus_dead_letters_total{event="usage.tried",reason="[^}]*} 1$/m);
    expect(exposed).toMatch(
      /^weir_bus_dead_letters_total{event="usage.tried",consumer="ledger",reason="[^}]*} 1$/m,
    );
    expect(exposed).toMatch(/^weir_bus_consumer_pending{event="usage.tried",consumer="ledger"/m);

    fails = false;
    expect(await replayDeadLetters(harness.operator, { service: 'router-ledger' })).toBe(1);
    await eventually(() => {
      expect(ledger).toEqual(['event 0']);
    });
    expect(handled).toEqual([]);
    // A replay comes later than everything that is in the stream.
    expect(sequences).toEqual([Infinity]);
    expect(await replayDeadLetters(harness.operator)).toBe(1);
    await eventually(() => {
      expect(handled).toEqual(['event 0']);
    });
    expect(ledger).toEqual(['event 0']);
  });
});

describe('the position of a consumer', () => {
  test('tells how far its stream is, and that nothing is pending once all is handled', async () => {
    const bus = await harness.joinWithStream();
    const going = Promise.withResolvers<undefined>();
    const sequences: number[] = [];
    consumeIds(bus, {}, async (events) => {
      await going.promise;
      sequences.push(...events.map(({ streamSequence }) => streamSequence));
    });
    publishMany(bus, 5);
    await bus.durablePublished();
    const before = await eventually(async () => {
      const position = await bus.consumerPosition(used);
      expect(position).toMatchObject({ lastSequence: 1, ackFloor: 0, pending: 1 });
      return position;
    });
    expect(Date.now() - Date.parse(before.streamCreatedAt)).toBeLessThan(60_000);
    going.resolve(undefined);
    await eventually(async () => {
      expect(await bus.consumerPosition(used)).toEqual({ ...before, ackFloor: 1, pending: 0 });
    });
    expect(sequences).toEqual([1, 1, 1, 1, 1]);
  });

  test('cannot be told where there is no such consumer, or JetStream is away', async () => {
    const bus = await harness.joinWithStream();
    await expect(bus.consumerPosition(used)).rejects.toMatchObject({ code: 'service_unavailable' });
    await harness.server.kill();
    await eventually(() => {
      expect(bus.connected).toBe(false);
    });
    await expect(bus.consumerPosition(used)).rejects.toMatchObject({ code: 'bus_disconnected' });
    await harness.server.restart();
  });
});

describe('who waits for what was published', () => {
  test('hears when all of it is in the stream', async () => {
    const bus = await harness.joinWithStream();
    publishMany(bus, 2_000);
    await bus.durablePublished();
    const messages = await harness.storedCount(stream.name);
    expect(messages).toBeGreaterThan(7);
    await bus.durablePublished();
    expect(await harness.storedCount(stream.name)).toBe(messages);
  });

  test('waits over an outage, and is told when the bus is drained before there is JetStream again', async () => {
    const bus = await harness.joinWithStream();
    const leaving = await harness.join({ drainTimeoutMs: 100 });
    await harness.server.kill();
    await eventually(() => {
      expect([bus.connected, leaving.connected]).toEqual([false, false]);
    });
    const ids = publishMany(bus, 10);
    publishMany(leaving, 10);
    const stored = bus.durablePublished();
    const abandoned = expect(leaving.durablePublished()).rejects.toMatchObject({ code: 'bus_disconnected' });
    await harness.leave(leaving);
    await abandoned;
    await harness.server.restart();
    await stored;
    const handled = consumeIds(bus);
    await eventually(() => {
      expect(handled).toEqual(ids);
    });
  });
});
