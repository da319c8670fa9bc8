import { bucket } from '@weir/contracts/bucket';
import { systemClock } from '../clock.ts';
import type { StoreEntry, UnreadableEntry } from '../bus/store.ts';
import { MemoryStore } from '@weir/testkit/memory-store';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { Projection, type ProjectionSource } from './projection.ts';

const kept = bucket('kept', { value: z.object({ version: z.int() }), history: 1, storage: 'memory' });
type Kept = z.output<typeof kept.value>;

const id = 'k';
const clock = {
  ...systemClock,
  after: (_delayMs: number, task: () => void) => {
    queueMicrotask(task);
    return () => undefined;
  },
};

const valueOf = (entry: StoreEntry<unknown> | UnreadableEntry | undefined) =>
  entry?.fault ? 'unreadable' : entry?.value;

interface Table {
  row: Kept | undefined;
}

/** A replica that reads this table, and sends its writes when it is let. */
function replicaOf(
  table: Table,
  server: MemoryStore<typeof kept>,
  send: <T>(write: () => Promise<T>) => Promise<T>,
) {
  const store: ProjectionSource<typeof kept>['store'] = {
    isCurrent: true,
    get: (key) => server.get(key),
    entries: () => server.entries(),
    unreadable: server.unreadable,
    watch: () => undefined,
    history: (key) => server.history(key),
    put: (key, value, options) => send(() => server.put(key, value, options)),
    delete: (key, options) => send(() => server.delete(key, options)),
  };
  const source: ProjectionSource<typeof kept> = {
    store,
    load: () => Promise.resolve(new Map(table.row && [[id, table.row]])),
    idsAfter: () => Promise.resolve([]),
  };
  return new Projection({ sources: { kept: source }, clock });
}

const atOnce = <T>(write: () => Promise<T>) => write();

test.each([
  ['that was never there', 0],
  ['that was there and was deleted', 1],
])(
  'a write of an entry %s is refused where its row was deleted while it was under way',
  async (_, deletions) => {
    const server = new MemoryStore(kept);
    const table: Table = { row: undefined };
    const quick = replicaOf(table, server, atOnce);
    for (let count = 0; count < deletions; count++) await quick.write('kept', [id]);
    const told: unknown[] = [];
    server.watch((_key, entry) => told.push(valueOf(entry)));
    const released = Promise.withResolvers<undefined>();
    const sent = Promise.withResolvers<undefined>();
    let writes = 0;
    const slow = replicaOf(table, server, async (write) => {
      if (++writes === deletions + 1) {
        sent.resolve(undefined);
        await released.promise;
      }
      return write();
    });

    table.row = { version: 1 };
    const created = slow.write('kept', [id]);
    await sent.promise;
    table.row = undefined;
    await quick.write('kept', [id]);
    released.resolve(undefined);
    await created;
    // Not for a moment: otherwise it would stay where the slow replica dies after its write.
    expect(told).not.toContainEqual({ version: 1 });
    expect(server.get(id)).toBeUndefined();
  },
);

test('an entry that tells that the bucket has all others is written after them', async () => {
  const ids = ['a', 'all', 'b', 'c'];
  const server = new MemoryStore(kept);
  await server.put('b', { version: 1 });
  const written: string[] = [];
  server.watch((key) => written.push(key));
  const source: ProjectionSource<typeof kept> = {
    store: server,
    load: (asked) => Promise.resolve(new Map(asked.map((each) => [each, { version: 1 }]))),
    idsAfter: (after, limit) => Promise.resolve(ids.filter((each) => each > after).slice(0, limit)),
    lastId: 'all',
  };
  await new Projection({ sources: { kept: source }, clock }).write('kept', ['all']);
  expect(written).toEqual(['b', 'a', 'c', 'all']);
});

const change = fc.record({ isDeletion: fc.boolean(), dies: fc.boolean() });
type Change = typeof change extends fc.Arbitrary<infer Value> ? Value : never;

test('whichever writes are late, and whoever dies after sending one, the bucket has the row when its last change is written', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.array(change, { minLength: 1, maxLength: 6 }),
      async (scheduler, changes) => {
        const server = new MemoryStore(kept);
        const table: Table = { row: undefined };
        const last = Promise.withResolvers<undefined>();
        let committed = 0;
        const make = async ({ dies, isDeletion }: Change) => {
          await scheduler.schedule(Promise.resolve());
          committed++;
          table.row = isDeletion ? undefined : { version: committed };
          const isLast = committed === changes.length;
          const replica = replicaOf(table, server, async (write) => {
            await scheduler.schedule(Promise.resolve());
            const outcome = write();
            if (isLast || !dies) return outcome;
            await outcome.catch(() => undefined);
            return new Promise<never>(() => undefined);
          });
          await replica.write('kept', [id]);
          if (isLast) last.resolve(undefined);
        };
        for (const each of changes) void make(each);
        await scheduler.waitFor(last.promise);
        expect(server.get(id)?.value).toEqual(table.row);
        await scheduler.waitIdle();
        expect(server.get(id)?.value).toEqual(table.row);
      },
    ),
    { numRuns: 500 },
  );
});
