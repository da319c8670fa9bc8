import { LRUCache } from 'lru-cache';
import { backoffMs } from '@weir/service-kit/backoff';
import type { Clock } from '@weir/service-kit/clock';

/** Who sent a key that is not valid. */
export interface Attempt {
  /** What counts as one client: an address, or a network of IPv6. */
  readonly network: string;
  /** The id in the key, where it has one. */
  readonly keyId?: string | undefined;
}

/** So many are answered at once: people mistype, and clients start with an old key. */
export const freeAttempts = 5;

const delays = { firstMs: 250, longestMs: 4_000 };

/** How many look-ups a second are left to a network that is over the limit: some may be for keys that were just made. */
export const lookupsPerSecond = 5;

/** How long after the last one all are forgotten. */
const forgetMs = 300_000;

/** How many networks, and how many ids, are remembered: the least lately seen are forgotten first. */
const maxRemembered = 10_000;

/** How many keys that are not valid came lately from each network, and for each key id. */
export class FailedAttempts {
  readonly #byNetwork: LRUCache<string, number>;
  readonly #byKeyId: LRUCache<string, number>;
  /** How many look-ups each network has had within the second that began with the first. */
  readonly #lookups: LRUCache<string, number>;

  constructor(clock: Clock) {
    const perf = { now: () => clock.nowMs() };
    const options = { max: maxRemembered, ttl: forgetMs, ttlResolution: 0, perf };
    this.#byNetwork = new LRUCache(options);
    this.#byKeyId = new LRUCache(options);
    this.#lookups = new LRUCache({ ...options, ttl: 1_000, noUpdateTTL: true });
  }

  add({ keyId, network }: Attempt): void {
    this.#byNetwork.set(network, (this.#byNetwork.get(network) ?? 0) + 1);
    if (keyId !== undefined) this.#byKeyId.set(keyId, (this.#byKeyId.get(keyId) ?? 0) + 1);
  }

  /** How long the answer to the newest of them waits: not at all at first, then twice as long each time. */
  delayMs({ keyId, network }: Attempt): number {
    const ofKeyId = keyId === undefined ? 0 : (this.#byKeyId.get(keyId) ?? 0);
    const beyond = Math.max(this.#byNetwork.get(network) ?? 0, ofKeyId) - freeAttempts;
    return beyond <= 0 ? 0 : backoffMs(beyond - 1, delays);
  }

  /** Whether there have been more from there than are free. */
  isOverLimit(network: string): boolean {
    return (this.#byNetwork.get(network) ?? 0) > freeAttempts;
  }

  /** Takes one of the look-ups that are left to a network that is over the limit, or says that there is none. */
  takeLookup(network: string): boolean {
    const taken = this.#lookups.get(network) ?? 0;
    if (taken >= lookupsPerSecond) return false;
    this.#lookups.set(network, taken + 1);
    return true;
  }
}
