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
