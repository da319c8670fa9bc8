import { cachePurges } from '@weir/contracts/cache/purges';
import { FakeClock } from '@weir/testkit/fake-clock';
import { MemoryStore } from '@weir/testkit/memory-store';
import { expect, test } from 'vitest';
import { PurgeList } from './purges.ts';

const entry = { organisation: 'acme', namespace: undefined, model: 'm' } as const;

test.each([
  ['garbage', 'garbage'],
  ['what a newer version has written', JSON.stringify({ organisation: 'globex', beforeMs: 0, except: [] })],
])('a purge that cannot be read purges everything up to its time: %s', async (_what, text) => {
  const clock = new FakeClock();
  const store = new MemoryStore(cachePurges, { clock });
  const purges = new PurgeList(store);
  const askedAtMs = clock.nowMs();
  expect(purges.covers({ ...entry, askedAtMs })).toBe(false);
  clock.advance(1_000);
  store.putRaw('p', text);
  expect(purges.covers({ ...entry, askedAtMs })).toBe(true);
  expect(purges.covers({ ...entry, askedAtMs: clock.nowMs() + 120_000 })).toBe(false);
  await store.delete('p');
  expect(purges.covers({ ...entry, askedAtMs })).toBe(false);
});
