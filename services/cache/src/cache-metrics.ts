import type { Metrics } from '@weir/service-kit/metrics';
import type { Unkeepable } from './completions/keepable.ts';

export type Tier = 'exact' | 'semantic';

/** `refresh`: nothing was looked for, since a fresh answer was asked for. */
export type LookUpResult = 'hit' | 'stale' | 'miss' | 'pending' | 'refresh' | 'bypass';

export type StoreResult = 'stored' | 'purged' | 'too_large' | 'full' | 'failed' | Unkeepable;

/** What the semantic tier made of a request: a hit, or why there was none. */
export type SemanticResult =
  | ('hit' | 'shadow' | 'check' | 'grey' | 'miss')
  | ('ineligible' | 'stopped' | 'resting' | 'timeout' | 'failed' | 'lost');

/** What the cache counts. Every label is one of those above. */
export class CacheMetrics {
  readonly #requests;
  readonly #seconds;
  readonly #stores;
  readonly #semantic;
  readonly #verdicts;
  readonly #corrupt;
  /** By tier, of this process: requests that an answer was looked for, and those that got it. */
  readonly #served = { exact: { asked: 0, hits: 0 }, semantic: { asked: 0, hits: 0 } };
  #size = { entries: 0, bytes: 0 };
  #stoppedPartitions = 0;

  constructor(metrics: Metrics) {
    this.#requests = metrics.counter({
      name: 'cache_requests_total',
      help: 'Requests that asked the cache, by the tier that answered, or was asked last, and what came of it',
      labels: ['tier', 'result'],
    });
    this.#seconds = metrics.duration({
      name: 'cache_lookup_seconds',
      help: 'Time of a look-up, by the tier that answered, or was asked last',
      labels: ['tier'],
    });
    this.#stores = metrics.counter({
      name: 'cache_stores_total',
      help: 'Answers that were to be kept: whether they were, or why not',
      labels: ['result'],
    });
    this.#semantic = metrics.counter({
      name: 'cache_semantic_total',
      help: 'What the semantic tier made of requests that the exact tier had no answer to',
      labels: ['result'],
    });
    this.#verdicts = metrics.counter({
      name: 'cache_semantic_precision_total',
      help: 'Semantic answers that were looked at, by whether they were right: their share is the precision',
      labels: ['verdict'],
    });
    this.#corrupt = metrics.counter({
      name: 'cache_corrupt_entries_total',
      help: 'Entries that could not be read, and were deleted',
    });
    metrics.gaugeBy(
      {
        name: 'cache_hit_rate',
        help: 'The share of requests that a tier answered of those it was asked, since the process began',
        labels: ['tier'],
      },
      () =>
        Object.entries(this.#served).map(([tier, { asked, hits }]) => [
          { tier },
          asked === 0 ? 0 : hits / asked,
        ]),
    );
    metrics.gauge(
      { name: 'cache_entries', help: 'Entries in the cache, of all replicas together' },
      () => this.#size.entries,
    );
    metrics.gauge(
      { name: 'cache_bytes', help: 'What the entries of the cache take in Redis, roughly' },
      () => this.#size.bytes,
    );
    metrics.gauge(
      {
        name: 'cache_stopped_partitions',
        help: 'Partitions that serve no semantic answers, since too many were wrong',
      },
      () => this.#stoppedPartitions,
    );
  }

  lookedUp(tier: Tier, result: LookUpResult, seconds: number): void {
    this.#requests.labels({ tier, result }).inc();
    this.#seconds.labels({ tier }).observe(seconds);
    const isHit = result === 'hit' || result === 'stale';
    // Who waits asks again.
    if (!isHit && result !== 'miss') return;
    for (const asked of tier === 'semantic' ? (['exact', 'semantic'] as const) : (['exact'] as const))
      this.#served[asked].asked += 1;
    if (isHit) this.#served[tier].hits += 1;
  }

  stored(result: StoreResult): void {
    this.#stores.labels({ result }).inc();
  }

  semantic(result: SemanticResult): void {
    this.#semantic.labels({ result }).inc();
  }

  judged(verdict: 'right' | 'wrong'): void {
    this.#verdicts.labels({ verdict }).inc();
  }

  corrupt(): void {
    this.#corrupt.inc();
  }

  sized(size: { entries: number; bytes: number }, stoppedPartitions: number): void {
    this.#size = size;
    this.#stoppedPartitions = stoppedPartitions;
  }
}
