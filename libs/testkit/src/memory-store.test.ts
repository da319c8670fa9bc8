import { Fault } from '@weir/service-kit/fault';
import { expect, test } from 'vitest';
import { passingSizes } from './conformance/buckets.ts';
import { FakeClock } from './fake-clock.ts';
import { MemoryStore } from './memory-store.ts';

// What it has in common with the real one is tried in test/bus/store.test.ts.

test('what has outlived its bucket is gone, as the clock says', async () => {
  const { maxAgeMs = 0 } = passingSizes;
  const clock = new FakeClock();
  const store = new MemoryStore(passingSizes, { clock });
  const told: (number | undefined)[] = [];
  store.watch((_key, entry) => told.push(entry?.fault ? NaN : entry?.value.size));
  await store.put('a', { size: 1 });
  clock.advance(maxAgeMs - 1_000);
  expect(store.get('a')?.value).toEqual({ size: 1 });
  clock.advance(1_000);
  expect(store.get('a')).toBeUndefined();
  expect(told).toEqual([1, undefined]);
  expect(await store.history('a')).toEqual([]);
});

test('fails as a test wants it to', async () => {
  const store = new MemoryStore(passingSizes);
  store.failure = new Fault('bus_disconnected');
  await expect(store.put('a', { size: 1 })).rejects.toBe(store.failure);
  await expect(store.delete('a')).rejects.toBe(store.failure);
  await expect(store.history('a')).rejects.toBe(store.failure);
  store.failure = undefined;
  await store.put('a', { size: 1 });
});
