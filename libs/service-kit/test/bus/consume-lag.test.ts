import { createMetrics } from '@weir/service-kit/metrics';
import { eventually } from '@weir/testkit/eventually';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ConsumeHarness, consumeIds, publishMany } from './consume-harness.ts';

let harness: ConsumeHarness;
beforeEach(async () => {
  harness = await ConsumeHarness.start();
});
afterEach(() => harness.close());

test('a consumer that stands still is seen in the metrics, and by choice in the readiness', async () => {
  const metrics = createMetrics('router');
  const [bus, ready] = [await harness.joinWithStream(), await harness.join()];
  const consumer = await harness.join({ metrics });
  const lag = { maxStalledMs: 1_000 };
  const going = Promise.withResolvers<undefined>();
  const handler = () => going.promise;
  const handled = consumeIds(consumer, { lag: { ...lag, failsReadiness: true } }, handler);
  const handledByOther = consumeIds(ready, { lag }, handler);
  const gauge = async (name: string) =>
    Number(
      new RegExp(`^weir_bus_consumer_${name}{.*event="usage.tried".*} (.+)$`, 'm').exec(
        await metrics.expose(),
      )?.[1],
    );
  await eventually(async () => {
    expect(await gauge('pending')).toBe(0);
  });
  publishMany(bus, 10);
  await eventually(async () => {
    expect(await gauge('ack_pending')).toBeGreaterThan(0);
    expect(await gauge('stalled_seconds')).toBeGreaterThan(1);
    expect(consumer.missing).toEqual(['what has gathered of usage.tried']);
  }, 15_000);
  expect(ready.missing).toEqual([]);
  going.resolve(undefined);
  await eventually(async () => {
    expect(await gauge('stalled_seconds')).toBe(0);
    expect(consumer.missing).toEqual([]);
  }, 15_000);
  // One message: either of the two has it.
  expect(handled.length + handledByOther.length).toBeGreaterThan(0);
});
