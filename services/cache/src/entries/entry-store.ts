import { createHash } from 'node:crypto';
import { arrayOf } from '@weir/contracts/collections';
import { parseOwnJson } from '@weir/service-kit/bounded-json';
import type { RedisCommands } from '@weir/service-kit/redis/redis-commands';
import { z } from 'zod';
import {
  type Entry,
  type EntryMeta,
  entryMetaSchema,
  type ListedEntry,
  type Observation,
  readObservations,
  writeObservation,
} from './entry.ts';
import {
  countHitsScript,
  deleteScript,
  entryKeys,
  listScript,
  lookUpScript,
  observeScript,
  putScript,
  readByVectorScript,
  readScript,
  sweepScript,
} from './entry-scripts.ts';
import { packCompletion, unpackCompletion } from './stored-completion.ts';

/** What an entry takes in Redis beside its meta and completion, measured. */
const overheadBytes = 1_500;
/** How long one asker alone fetches a new answer in the place of a stale one. */
const revalidationMs = 30_000;

interface EntryStoreParts {
  readonly redis: RedisCommands;
  /** Of all entries. */
  readonly maxBytes: number;
  readonly maxEntryBytes: number;
  /** Told of vectors whose entries are gone. */
  readonly onVectorsOrphaned: (ids: readonly string[]) => void;
  /** Told of an entry that was none, and was deleted. */
  readonly onCorrupt: () => void;
}

export interface EntryQuery {
  readonly id: string;
  readonly nowMs: number;
  /** Nothing made before is wanted. */
  readonly notBeforeMs?: number;
  /** For how long after its time an entry is wanted all the same. */
  readonly staleMs?: number;
  /** For how long the asker alone fetches the answer, where there is none and nobody else fetches it; 0: it does not say. */
  readonly leaseMs: number;
}

/** `isLeader`: the asker has taken the lease. On a hit, that it is the one who fetches a new answer for a stale one. */
export type Reading = { readonly isLeader: boolean; readonly entry?: Entry };

/** An entry to be kept; `bytes` are counted here. */
export type NewEntry = Omit<EntryMeta, 'bytes'>;

/** The entries in Redis. Every method rejects with a `Fault` where Redis fails. */
export class EntryStore {
  readonly #parts: EntryStoreParts;
  readonly #scripts;

  constructor(parts: EntryStoreParts) {
    const { redis } = (this.#parts = parts);
    this.#scripts = {
      put: redis.script(putScript),
      lookUp: redis.script(lookUpScript),
      delete: redis.script(deleteScript),
      sweep: redis.script(sweepScript),
      read: redis.script(readScript),
      readByVector: redis.script(readByVectorScript),
      list: redis.script(listScript),
      countHits: redis.script(countHitsScript),
      observe: redis.script(observeScript),
    };
  }

  /** One round trip, whatever is found. An entry comes without its evidence and hits. */
  async lookUp({ id, nowMs, notBeforeMs = 0, staleMs = 0, leaseMs }: EntryQuery): Promise<Reading> {
    const values = [nowMs, notBeforeMs, staleMs, leaseMs, revalidationMs];
    const [taken, meta, completion] = await this.#scripts.lookUp([`entry:${id}`, leaseKey(id)], values);
    if (meta === undefined || completion === undefined) return { isLeader: taken === 1 };
    const entry = await this.#readEntry(id, { meta, completion });
    if (entry) return { isLeader: taken === 1, entry };
    // Of one that was stale the asker has just taken the lease, and would wait for itself.
    if (taken === 1) await this.giveBackLease(id);
    return this.lookUp({ id, nowMs, leaseMs });
  }

  async get(id: string): Promise<Entry | undefined> {
    return (await this.getMany([id]))[0];
  }

  /** In their order; also those that are over and have not been swept yet. */
  async getMany(ids: readonly string[]): Promise<(Entry | undefined)[]> {
    if (ids.length === 0) return [];
    const fields = await this.#scripts.read([entryKeys[0]], ids);
    return Promise.all(
      ids.map(async (id, i) => {
        const [meta, completion, hits, evidence] = fields.slice(4 * i, 4 * i + 4);
        return meta?.length && completion
          ? await this.#readEntry(id, { meta, completion, hits, evidence })
          : undefined;
      }),
    );
  }

  /** The entry of a vector, in one round trip with what is known of the partition; without its hits. */
  async getByVector(vectorId: string, partition: string): Promise<{ entry?: Entry; stoppedUntilMs: number }> {
    const keys = [entryKeys[0], 'vectors', `partition:${partition}`];
    const [stopped, id, meta, completion, evidence] = await this.#scripts.readByVector(keys, [vectorId]);
    const entry = meta.length > 0 && (await this.#readEntry(id.toString(), { meta, completion, evidence }));
    return { ...(entry && { entry }), stoppedUntilMs: Number(stopped.toString()) };
  }

  /** Replaces what has the id. `isLeader`: the lease is given back, whatever comes of it. */
  async put(
    given: NewEntry,
    completion: string,
    { nowMs, isLeader = false }: { nowMs: number; isLeader?: boolean },
  ): Promise<'stored' | 'too_large' | 'full'> {
    const packed = await packCompletion(completion);
    const { id, organisation, createdAtMs, expiresAtMs, staleUntilMs, partition } = given;
    const bytes = packed.length + Buffer.byteLength(JSON.stringify(given)) + overheadBytes;
    if (bytes > Math.min(this.#parts.maxEntryBytes, this.#parts.maxBytes)) return 'too_large';
    const meta: EntryMeta = { ...given, bytes };
    const { isKept, evicted } = await this.#scripts.put(
      [...entryKeys, leaseKey(id)],
      [
        ...[
          id,
          JSON.stringify(meta),
          packed,
          bytes,
          partition === undefined ? '-' : vectorIdOf(id),
          organisation,
        ],
        ...[createdAtMs, expiresAtMs, staleUntilMs, nowMs, this.#parts.maxBytes, isLeader ? 1 : 0],
      ],
    );
    this.#orphaned(evicted);
    return isKept ? 'stored' : 'full';
  }

  /** How many there were. */
  async delete(ids: readonly string[]): Promise<number> {
    if (ids.length === 0) return 0;
    const { count, vectors } = await this.#scripts.delete(entryKeys, ids);
    this.#orphaned(vectors);
    return count;
  }

  /** Removes so many of those that are over, and answers how many it were. */
  async sweep(nowMs: number, limit: number): Promise<number> {
    const { count, vectors } = await this.#scripts.sweep(entryKeys, [nowMs, limit]);
    this.#orphaned(vectors);
    return count;
  }

  /** Newest first; also those that are over and have not been swept yet. `next` begins the page after, where there may be one. */
  async list({ organisation, after, limit }: { organisation?: string; after?: string; limit: number }) {
    const index = organisation === undefined ? 'created' : `organisation:${organisation}`;
    const [afterAge = '', afterId = ''] = after?.split('.') ?? [];
    const isCursor = /^\d+$/.test(afterAge);
    const values = isCursor ? [afterId, afterAge, limit] : ['', '', limit];
    const fields = await this.#scripts.list([index, entryKeys[0]], values);
    const entries: ListedEntry[] = [];
    const corrupt: string[] = [];
    for (let i = 0; i + 2 < fields.length; i += 3) {
      const [id = '', json = '', hits] = fields.slice(i, i + 3);
      const meta = parseMeta(json, id);
      if (meta) entries.push({ meta, hits: Number(hits) });
      else corrupt.push(id);
    }
    await this.#deleteCorrupt(corrupt);
    const last = entries.at(-1)?.meta;
    const isLast = fields.length / 3 < limit || !last;
    return { entries, ...(!isLast && { next: `${last.createdAtMs}.${last.id}` }) };
  }

  async countHits(hits: ReadonlyMap<string, number>): Promise<void> {
    await this.#scripts.countHits([entryKeys[0]], [...hits].flat());
  }

  async observe(id: string, observation: Observation): Promise<void> {
    await this.#scripts.observe([`entry:${id}`], [writeObservation(observation)]);
  }

  /** Whoever waits for the lease need not any longer. */
  async giveBackLease(id: string): Promise<void> {
    await this.#parts.redis.run('entry.give-back-lease', (client) => client.del(leaseKey(id)));
  }

  async size(): Promise<{ entries: number; bytes: number }> {
    const [entries, bytes] = await this.#parts.redis.run('entry.size', (client) =>
      Promise.all([client.zcard('expiries'), client.get('bytes')]),
    );
    return { entries, bytes: Number(bytes ?? 0) };
  }

  async #readEntry(id: string, stored: Stored): Promise<Entry | undefined> {
    try {
      const completion = await unpackCompletion(stored.completion);
      const meta = parseMeta(stored.meta.toString(), id);
      if (meta && completionSchema.safeParse(parseOwnJson(completion)).success) {
        const [hits, evidence] = [
          Number(stored.hits ?? 0),
          readObservations(stored.evidence?.toString() ?? ''),
        ];
        return { meta, completion, hits, evidence };
      }
    } catch {
      // Bytes that cannot be unpacked, or are no JSON.
    }
    await this.#deleteCorrupt([id]);
    return undefined;
  }

  async #deleteCorrupt(ids: readonly string[]): Promise<void> {
    ids.forEach(() => {
      this.#parts.onCorrupt();
    });
    await this.delete(ids);
  }

  #orphaned(ids: readonly string[]): void {
    if (ids.length > 0) this.#parts.onVectorsOrphaned(ids);
  }
}

/** Of the vector of an entry: a UUID, as vector stores want it. */
export function vectorIdOf(id: string): string {
  const hex = createHash('sha256').update(id).digest('hex');
  // Version 8, which is what its maker says it is.
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

interface Stored {
  readonly meta: Buffer;
  readonly completion: Buffer;
  readonly hits?: Buffer | undefined;
  readonly evidence?: Buffer | undefined;
}

/** As much as tells that it is whole: what is in it was validated when it was kept. */
const completionSchema = z.looseObject({
  object: z.literal('chat.completion'),
  choices: arrayOf(z.looseObject({ message: z.looseObject({ content: z.string() }) })).min(1),
});

const leaseKey = (id: string) => `lease:${id}`;

function parseMeta(json: string, id: string): EntryMeta | undefined {
  try {
    const parsed = entryMetaSchema.safeParse(parseOwnJson(json));
    return parsed.data?.id === id ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}
