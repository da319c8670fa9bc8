import type { deleteCacheEntry, listCacheEntries, readCacheEntry } from '@weir/contracts/admin/cache';
import type { Envelope } from '@weir/contracts/envelope';
import { parseOwnJson } from '@weir/service-kit/bounded-json';
import type { ChangeLog } from '@weir/service-kit/admin/change-log';
import { notFound, organisationWithin, reachOf } from '@weir/service-kit/admin/reach';
import type { EndpointHandler } from '@weir/service-kit/bus/bus';
import type { Clock } from '@weir/service-kit/clock';
import { Fault } from '@weir/service-kit/fault';
import type { Entry, EntryMeta, ListedEntry } from '../entries/entry.ts';
import type { EntryStore } from '../entries/entry-store.ts';
import type { PurgeList } from '../entries/purges.ts';
import { toShownEntry } from './shown-entry.ts';

interface Dependencies {
  readonly entries: Pick<EntryStore, 'list' | 'get' | 'delete'>;
  readonly purges: Pick<PurgeList, 'covers'>;
  readonly changeLog: ChangeLog;
  readonly clock: Clock;
}

interface EntriesAdmin {
  readonly list: EndpointHandler<typeof listCacheEntries>;
  readonly read: EndpointHandler<typeof readCacheEntry>;
  readonly delete: EndpointHandler<typeof deleteCacheEntry>;
}

/** How many entries are looked through at once where few of them may be wanted: more would hold up others at Redis. */
const pageEntries = 200;
/** A list that is not full by then ends there, and goes on with its `next`. */
const searchMs = 1_500;
const cursor = /^\d{1,16}\.[\w-]{43}$/;

/** How admins look at entries and delete them: those of one organisation where they reach no other. */
export function createEntriesAdmin({ entries, purges, changeLog, clock }: Dependencies): EntriesAdmin {
  const isThere = (meta: EntryMeta) => meta.staleUntilMs > clock.nowMs() && !purges.covers(meta);

  /** Of another organisation's entry an admin learns nothing, not even whether it is there. */
  async function find(id: string, envelope: Envelope): Promise<Entry> {
    const reach = reachOf(envelope);
    const entry = await entries.get(id);
    if (!entry || !isThere(entry.meta) || (reach !== null && entry.meta.organisation !== reach))
      throw notFound('cache entry', id);
    return entry;
  }

  const tell = (envelope: Envelope, verb: 'read' | 'delete', { meta, hits }: Entry) => {
    changeLog.record(envelope, {
      action: `cache-entry.${verb}`,
      organisation: meta.organisation,
      target: { kind: 'cache-entry', id: meta.id },
      before: verb === 'delete' ? { ...toShownEntry({ meta, hits }) } : null,
      after: null,
    });
  };

  return {
    async list({ data, envelope }) {
      const { after, key_id, limit, model, namespace } = data;
      if (after !== undefined && !cursor.test(after))
        throw new Fault('invalid_request', {
          message: 'after must be the "next" of the page before.',
          param: 'after',
        });
      const organisation = organisationWithin(envelope, data.organisation_id);
      const isWanted = (meta: EntryMeta) =>
        (key_id === undefined || meta.keyId === key_id) &&
        (namespace === undefined || meta.namespace === namespace) &&
        (model === undefined || meta.model === model) &&
        isThere(meta);
      const isSearch = (key_id ?? namespace ?? model) !== undefined;
      const size = isSearch ? pageEntries : limit + 1;
      const untilMs = clock.nowMs() + searchMs;
      const found: ListedEntry[] = [];
      let next = after;
      do {
        const from = next === undefined ? {} : { after: next };
        const within = organisation === undefined ? {} : { organisation };
        const page = await entries.list({ ...from, ...within, limit: size });
        for (const entry of page.entries) {
          if (!isWanted(entry.meta)) continue;
          if (found.length === limit) return toPage(found, cursorOf(found));
          found.push(entry);
        }
        next = page.next;
      } while (next !== undefined && clock.nowMs() < untilMs);
      return toPage(found, next);
    },

    async read({ data: { id }, envelope }) {
      const entry = await find(id, envelope);
      const { completion, evidence, meta } = entry;
      tell(envelope, 'read', entry);
      const right = evidence.filter(({ correct }) => correct).length;
      return {
        ...toShownEntry(entry),
        question: meta.question ?? null,
        completion: parseOwnJson(completion) as Record<string, unknown>,
        verdicts: { right, wrong: evidence.length - right },
      };
    },

    async delete({ data: { id }, envelope }) {
      const entry = await find(id, envelope);
      await entries.delete([id]);
      tell(envelope, 'delete', entry);
      return { id, deleted: true };
    },
  };
}

function cursorOf(found: readonly ListedEntry[]): string | undefined {
  const last = found.at(-1)?.meta;
  return last && `${last.createdAtMs}.${last.id}`;
}

function toPage(found: readonly ListedEntry[], next: string | undefined) {
  return { data: found.map(toShownEntry), has_more: next !== undefined, next: next ?? null };
}
