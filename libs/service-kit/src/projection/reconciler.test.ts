import { bucket } from '@weir/contracts/bucket';
import { systemClock } from '../clock.ts';
import { createLogger } from '../logger.ts';
import { MemoryStore } from '@weir/testkit/memory-store';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { Projection, type ProjectionSource } from './projection.ts';
import { Reconciler } from './reconciler.ts';

const kept = bucket('kept', { value: z.object({ id: z.string() }), history: 1, storage: 'memory' });

test('however many rows there are, no more than a hundred of them are in memory to be compared', async () => {
  const ids = Array.from({ length: 250 }, (_, index) => `id${String(index).padStart(3, '0')}`);
  const store = new MemoryStore(kept);
  const loaded: number[] = [];
  const source: ProjectionSource<typeof kept> = {
    store,
    load: (asked) => {
      loaded.push(asked.length);
      return Promise.resolve(new Map(asked.map((id) => [id, { id }])));
    },
    idsAfter: (after, limit) => Promise.resolve(ids.filter((id) => id > after).slice(0, limit)),
  };
  const logger = createLogger({ service: 'kit', instance: 'test', level: 'silent' });
  const projection = new Projection({ sources: { kept: source }, clock: systemClock });
  await new Reconciler({ projection, logger }).reconcile();
  expect([...store.entries()].map(({ key }) => key)).toEqual(ids);
  expect(Math.max(...loaded)).toBe(100);
});

test('what cannot be read is written anew, but for what a newer version has written', async () => {
  const strict = bucket('strict', {
    value: z.strictObject({ id: z.string() }),
    history: 1,
    storage: 'memory',
  });
  const store = new MemoryStore(strict);
  const rows = new Map(['broken', 'newer', 'well'].map((id) => [id, { id }] as const));
  const source: ProjectionSource<typeof strict> = {
    store,
    load: (asked) =>
      Promise.resolve(new Map(asked.flatMap((id) => [[id, rows.get(id)] as const]).filter(hasRow))),
    idsAfter: (after) => Promise.resolve([...rows.keys()].filter((id) => id > after)),
  };
  const spoil = () => {
    store.putRaw('broken', 'garbage');
    store.putRaw('stray', '{}');
    store.putRaw('newer', '{"id":"newer","forbids":"everything"}');
  };
  const logger = createLogger({ service: 'kit', instance: 'test', level: 'silent' });
  const reconciler = new Reconciler({
    projection: new Projection({ sources: { strict: source }, clock: systemClock }),
    logger,
  });
  await store.put('well', { id: 'well' });
  reconciler.watch();
  for (const mend of ['refill', 'reconcile'] as const) {
    spoil();
    await reconciler[mend]();
    expect([...store.entries()].map(({ key }) => key)).toEqual(['broken', 'well']);
    expect([...store.unreadable.keys()]).toEqual(['newer']);
  }
});

function hasRow(
  pair: readonly [string, { id: string } | undefined],
): pair is readonly [string, { id: string }] {
  return pair[1] !== undefined;
}
