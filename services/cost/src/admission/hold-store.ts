import { holdLifetimeMs, type Hold, type Settlement } from '@weir/contracts/cost/admission';
import { hash } from 'node:crypto';
import type { Clock } from '@weir/service-kit/clock';
import type { Counter } from './counter.ts';
import { counterKey, type DefineScript, type PlacedCounter, unitLetter } from './epoch-scripts.ts';
import { expireScript, releaseScript, renewScript, restoreScript } from './scripts/holds.ts';
import { reserveScript } from './scripts/reserve.ts';
import { settleScript } from './scripts/settle.ts';

export const expiriesKey = 'holds';
export const outboxKey = 'outbox';
export const holdKey = (id: string) => `hold:${id}`;
const markKey = (id: string) => `mark:${id}`;
/** Which counters of some models have the request already: the set of their keys. */
const requestKey = (holdId: string) => `request:${holdId.slice(0, holdId.lastIndexOf(':'))}`;

const hourMs = 3_600_000;
/** How long it is known that an event was counted. */
const settledForMs = 2 * hourMs;
/** An event that comes later than this is not known to be the first one: see `isOld`. */
export const knownForMs = settledForMs - hourMs / 6;
/** How long it is known that a hold was charged whose usage may still come, and that one was given up. */
const [expiredForMs, releasedForMs] = [48 * hourMs, hourMs / 6];
/** How long after its last attempt was admitted a request is known: longer than any goes on. */
const requestForMs = hourMs;

export interface Reading {
  readonly used: number;
  readonly held: number;
}

/** `needed`: what the hold asks of the counter, all of it. */
export interface HoldReading extends Reading {
  readonly needed: number;
}

/** `over`: the attempt was settled or given up before. */
export type Reserved =
  | { readonly outcome: 'held' | 'refused'; readonly readings: readonly HoldReading[] }
  | { readonly outcome: 'unseeded'; readonly counters: readonly number[] }
  | { readonly outcome: 'over' };

/** What an event of the stream says was used. */
export interface CountedUsage {
  readonly eventId: string;
  readonly holdId: string;
  /** Of the stream; `Infinity` for what was replayed. */
  readonly sequence: number;
  /** Perhaps it was counted so long ago that nobody knows it any more: then its counters are read from the ledger. */
  readonly isOld: boolean;
  readonly nanoUsd: number;
  readonly tokens: number;
  readonly requests: number;
  readonly freesHold: boolean;
}

/** A hold of an attempt that is under way, and what it is counted in now. */
export interface Renewal {
  readonly hold: Hold;
  readonly counters: readonly PlacedCounter[];
}

interface Expiry {
  /** The event that charges the hold, and the one that takes that back, as JSON. */
  readonly event: string;
  readonly correction: string;
  readonly retryAtMs: number;
}

/** The holds in Redis, and the counters that they are part of. What each script does stands with it, in `scripts/`. */
export class HoldStore {
  readonly #clock: Clock;
  readonly #scripts;

  constructor({ define, clock }: { define: DefineScript; clock: Clock }) {
    this.#clock = clock;
    this.#scripts = {
      reserve: define(reserveScript),
      settle: define(settleScript),
      renew: define(renewScript),
      restore: define(restoreScript),
      release: define(releaseScript),
      expire: define(expireScript),
    };
  }

  async reserve(hold: Hold, counters: readonly PlacedCounter[], settles?: Settlement): Promise<Reserved> {
    const previousId = settles?.holdId ?? hold.id;
    const [word, ...numbers] = await this.#scripts.reserve(
      (epoch) => ({
        keys: [
          ...[expiriesKey, holdKey(hold.id), markKey(hold.id), holdKey(previousId), requestKey(hold.id)],
          ...counters.map((counter) => counterKey(epoch, counter)),
        ],
        values: [
          ...this.#holdValues(hold),
          ...(settles ? [1, settles.costNanoUsd, settles.tokens] : [0, 0, 0]),
          ...[requestForMs, fingerprintOf(counters)],
          ...counters.flatMap(({ counter, hardLimit, place, revisions: { since, newest } }) => [
            ...[unitLetter(counter), place.suffix, place.from, place.to, place.index],
            ...[place.keepFrom, place.ttlMs, hardLimit ?? '-', countsOf(counter, hold), since, newest],
          ]),
        ],
      }),
      'open',
    );
    if (word === 'unseeded') return { outcome: word, counters: numbers };
    if (word === 'over') return { outcome: word };
    const readings = counters.map((_, i) => {
      const [used = 0, held = 0, needed = 0] = numbers.slice(3 * i);
      return { used, held, needed };
    });
    return { outcome: word === 'refused' ? word : 'held', readings };
  }

  /** Answers with the money used now of each counter of money, in their order; undefined where the event was counted before. */
  async settle(
    { eventId, holdId, sequence, isOld, nanoUsd, tokens, requests, freesHold }: CountedUsage,
    counters: readonly PlacedCounter[],
  ): Promise<{ wasHeld: boolean; used: number[] } | undefined> {
    const [word, wasHeld, ...used] = await this.#scripts.settle((epoch) => ({
      keys: [
        ...[expiriesKey, holdKey(holdId), markKey(eventId), outboxKey],
        ...counters.map((counter) => counterKey(epoch, counter)),
      ],
      values: [
        ...[Math.min(sequence, Number.MAX_SAFE_INTEGER), nanoUsd, tokens, requests, holdId],
        ...[settledForMs, freesHold ? 1 : 0, isOld ? this.#clock.nowMs() : ''],
        ...counters.flatMap(({ counter, place: { suffix, index, from, to }, revisions }) => [
          ...[unitLetter(counter), suffix, index, from, to, revisions.since, revisions.newest],
        ]),
      ],
    }));
    return word === 'repeated' ? undefined : { wasHeld: wasHeld === 1, used };
  }

  /** Answers with the holds that are to be restored. */
  async renew(renewals: readonly Renewal[]): Promise<Renewal[]> {
    if (renewals.length === 0) return [];
    const [, ...missing] = await this.#scripts.renew(() => ({
      keys: [expiriesKey, ...renewals.map(({ hold }) => holdKey(hold.id))],
      values: [
        this.#expiresAtMs(),
        ...renewals.flatMap(({ hold: { id, amountNanoUsd, tokens }, counters }) => [
          ...[id, amountNanoUsd ?? 0, tokens, fingerprintOf(counters)],
        ]),
      ],
    }));
    return missing.flatMap((i) => renewals[i] ?? []);
  }

  /** `isOver`: what it holds is all that the attempt will cost. Answers whether it was not there. */
  async restore({ hold, counters }: Renewal, isOver = false): Promise<boolean> {
    const parts = counters.filter(({ counter: { unit } }) => unit !== 'parallel_requests' || !isOver);
    const [word] = await this.#scripts.restore((epoch) => ({
      keys: [
        ...[expiriesKey, holdKey(hold.id), markKey(hold.id), requestKey(hold.id)],
        ...parts.map((counter) => counterKey(epoch, counter)),
      ],
      values: [
        ...this.#holdValues(hold),
        ...[isOver ? 1 : 0, requestForMs, fingerprintOf(counters)],
        ...parts.flatMap(({ counter, place }) => [
          counter.unit === 'requests' ? 'q' : unitLetter(counter),
          ...[place.suffix, place.index, place.ttlMs, countsOf(counter, hold)],
        ]),
      ],
    }));
    return word === 'restored';
  }

  /** What its attempt has used, should it come, is counted all the same. */
  async release(holdId: string): Promise<void> {
    await this.#scripts.release(() => ({
      keys: [expiriesKey, holdKey(holdId), markKey(holdId), requestKey(holdId)],
      values: [holdId, releasedForMs],
    }));
  }

  /** Answers whether the hold had expired. */
  async expire(holdId: string, { event, correction, retryAtMs }: Expiry): Promise<boolean> {
    const [word] = await this.#scripts.expire(() => ({
      keys: [expiriesKey, holdKey(holdId), markKey(holdId), outboxKey],
      values: [this.#clock.nowMs(), holdId, retryAtMs, event, `x${correction}`, expiredForMs],
    }));
    return word === 'expired';
  }

  #holdValues(hold: Hold): (string | number)[] {
    const hour = Math.floor(this.#clock.nowMs() / hourMs);
    return [this.#expiresAtMs(), hold.id, JSON.stringify(hold), hold.amountNanoUsd ?? 0, hold.tokens, hour];
  }

  #expiresAtMs(): number {
    return this.#clock.nowMs() + holdLifetimeMs;
  }
}

/** Which counters a hold is part of: other ones are added when it is renewed. */
function fingerprintOf(counters: readonly PlacedCounter[]): string {
  return hash('sha1', counters.map(({ counter: { key } }) => key).join(' '), 'base64');
}

/**
 * How an attempt counts where requests are counted: 1 or 0, or `once`, with the first attempt of its request that comes there. Where
 * the counter is of all models, that is the request's first.
 */
function countsOf({ unit, model }: Counter, { isFirst }: Hold): 0 | 1 | 'once' {
  if (unit !== 'requests') return 1;
  return model === '*' ? (isFirst ? 1 : 0) : 'once';
}
