import { type CacheRequest, maySee, oldestMsOf } from '../cache-request.ts';
import type { EntryStore, Reading } from '../entries/entry-store.ts';
import type { PurgeList } from '../entries/purges.ts';

interface ExactTierParts {
  readonly entries: EntryStore;
  readonly purges: PurgeList;
}

/** Answers to the very same request. */
export class ExactTier {
  readonly #parts: ExactTierParts;

  constructor(parts: ExactTierParts) {
    this.#parts = parts;
  }

  /** `leads`: where there is no answer, and nobody else is fetching it, the asker does. Rejects with a `Fault` where Redis fails. */
  async lookUp(request: CacheRequest, { leads, nowMs }: { leads: boolean; nowMs: number }): Promise<Reading> {
    const { id, order } = request;
    const { maxAgeSeconds, staleSeconds = 0 } = order;
    const staleMs = 1_000 * staleSeconds;
    const query = {
      ...{ id, nowMs, staleMs },
      // Who names an age wants nothing staler either.
      notBeforeMs: nowMs - oldestMsOf(order) - (maxAgeSeconds === undefined ? staleMs : 0),
      // Others wait no longer for it, so it need not be known any longer that somebody fetches it.
      leaseMs: leads && !order.isOnlyIfCached ? order.singleFlightMs : 0,
    };
    const { entries, purges } = this.#parts;
    const reading = await entries.lookUp(query);
    if (!reading.entry) return reading;
    const { meta } = reading.entry;
    if (maySee(request, meta) && !purges.covers(meta)) return reading;
    await entries.delete([id]);
    // Of one that was stale the asker has just taken the lease, and would wait for itself.
    if (reading.isLeader) await entries.giveBackLease(id);
    return entries.lookUp(query);
  }
}
