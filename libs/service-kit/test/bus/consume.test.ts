import { afterEach, beforeEach, expect, test } from 'vitest';
import { eventually } from '@weir/testkit/eventually';
import { ConsumeHarness, consumeIds, publishMany } from './consume-harness.ts';

let harness: ConsumeHarness;
beforeEach(async () => {
  harness = await ConsumeHarness.start();
});
afterEach(() => harness.close());

test('what was published before and after is handled once, in batches', async () => {
  const bus = await harness.joinWithStream();
  const ids = publishMany(bus, 500);
  const sizes: number[] = [];
  const handled = consumeIds(bus, {}, async (events) => {
    sizes.push(events.length);
  });
  ids.push(...publishMany(bus, 500, 500));
  await eventually(() => {
    expect(handled).toHaveLength(1_000);
  });
  expect(new Set(handled)).toEqual(new Set(ids));
  expect(sizes.length).toBeLessThan(50);
});
