import type { LookUpReply, lookUpAnswer, StoreTicket } from '@weir/contracts/cache/lookup';
import type { BodyHandler } from '@weir/service-kit/bus/bus';
import type { Clock } from '@weir/service-kit/clock';
import type { CacheMetrics } from '../cache-metrics.ts';
import { type BypassReason, type CacheRequest, readCacheRequest, ticketOf } from '../cache-request.ts';
import type { Entry } from '../entries/entry.ts';
import type { Reading } from '../entries/entry-store.ts';
import type { ExactTier } from '../exact/exact-tier.ts';
import type { ServeHit } from '../hits/serve-hit.ts';
import type { SemanticLookup, SemanticQuestion } from '../semantic/semantic-lookup.ts';
import { TimeLimitExceeded, withinTime } from '../within-time.ts';

export interface LookUpParts {
  readonly exact: ExactTier;
  /** Absent where there is nothing to compare questions with. */
  readonly semantic: SemanticLookup | undefined;
  readonly serveHit: ServeHit;
  readonly hmacKey: Buffer;
  readonly metrics: CacheMetrics;
  readonly clock: Clock;
  /** How long Redis may take. */
  readonly timeLimitMs: number;
}

/** Finds what a request can be answered from, by the tiers that it asks for. Whatever fails is a bypass, in time. */
export function createLookUpAnswer(parts: LookUpParts): BodyHandler<typeof lookUpAnswer> {
  const { hmacKey, metrics, clock } = parts;
  return async (served) => {
    const startedAtMs = performance.now();
    try {
      const request = readCacheRequest(served, { hmacKey, nowMs: clock.nowMs() });
      if (typeof request !== 'string') return await new LookUp(request, parts).run();
      metrics.lookedUp('exact', 'bypass', 0);
      return { outcome: 'bypass', reason: request };
    } catch (error) {
      metrics.lookedUp('exact', 'bypass', (performance.now() - startedAtMs) / 1_000);
      return { outcome: 'bypass', reason: bypassReasonOf(error) };
    }
  };
}

export function bypassReasonOf(error: unknown): BypassReason {
  return error instanceof TimeLimitExceeded ? 'timeout' : 'unavailable';
}

export const secondsSince = ({ startedAtMs }: CacheRequest) => (performance.now() - startedAtMs) / 1_000;

/** One request on its way through the tiers. */
class LookUp {
  readonly #request: CacheRequest;
  readonly #parts: LookUpParts;
  readonly #question: SemanticQuestion | undefined;
  /** How long it may still wait for Redis. */
  #leftMs: number;

  constructor(request: CacheRequest, parts: LookUpParts) {
    this.#request = request;
    this.#parts = parts;
    this.#leftMs = parts.timeLimitMs;
    this.#question = request.order.mode === 'semantic' ? parts.semantic?.read(request) : undefined;
  }

  async run(): Promise<LookUpReply> {
    if (!this.#request.order.isRead) return this.#none('refresh', { isLeader: false });
    const exact = await this.#exact({ leads: this.#question === undefined });
    if (exact.entry) return this.#exactHit(exact.entry, exact.isLeader);
    if (!this.#question) return this.#miss(exact.isLeader, {});
    const found = await this.#parts.semantic?.find(this.#request, this.#question);
    if (found?.kind === 'hit') return this.#hit(found);
    // Who fetches the answer is found out now: with a hit nobody would have.
    const again = await this.#exact({ leads: true });
    if (again.entry) return this.#exactHit(again.entry, again.isLeader);
    return this.#miss(again.isLeader, found?.compared ? { compared: found.compared } : {});
  }

  async #exact({ leads }: { leads: boolean }): Promise<Reading> {
    const { exact, clock } = this.#parts;
    const startedAtMs = performance.now();
    const reading = exact.lookUp(this.#request, { leads, nowMs: clock.nowMs() });
    const found = await withinTime(reading, this.#leftMs, clock);
    this.#leftMs -= performance.now() - startedAtMs;
    return found;
  }

  #exactHit(entry: Entry, revalidates: boolean): LookUpReply {
    const revalidate = revalidates ? this.#ticket({ isLeader: true }) : undefined;
    return this.#hit({ entry, ...(revalidate && { revalidate }) });
  }

  #hit({ entry, ...hit }: { entry: Entry; similarity?: number; revalidate?: StoreTicket }): LookUpReply {
    const { clock, metrics, serveHit } = this.#parts;
    const nowMs = clock.nowMs();
    const tier = hit.similarity === undefined ? 'exact' : 'semantic';
    metrics.lookedUp(tier, entry.meta.expiresAtMs > nowMs ? 'hit' : 'stale', secondsSince(this.#request));
    return serveHit(this.#request, { entry, nowMs, ...hit });
  }

  #miss(isLeader: boolean, compared: Pick<NonNullable<StoreTicket['semantic']>, 'compared'>): LookUpReply {
    const { singleFlightMs, isOnlyIfCached = false } = this.#request.order;
    const isFetchedByOther = !isLeader && singleFlightMs > 0 && !isOnlyIfCached;
    return this.#none(isFetchedByOther ? 'pending' : 'miss', { isLeader, ...compared });
  }

  #none(
    result: 'miss' | 'pending' | 'refresh',
    ticket: { isLeader: boolean } & Pick<NonNullable<StoreTicket['semantic']>, 'compared'>,
  ): LookUpReply {
    this.#parts.metrics.lookedUp(this.#question ? 'semantic' : 'exact', result, secondsSince(this.#request));
    return { outcome: result === 'pending' ? 'pending' : 'miss', ticket: this.#ticket(ticket) };
  }

  #ticket({
    isLeader,
    compared,
  }: { isLeader: boolean } & Pick<NonNullable<StoreTicket['semantic']>, 'compared'>) {
    const semantic = this.#question && { ...this.#question, ...(compared && { compared }) };
    return ticketOf(this.#request, { isLeader, semantic });
  }
}
