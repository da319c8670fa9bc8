import type { Clock } from '@weir/service-kit/clock';
import { Fault } from '@weir/service-kit/fault';
import type { Metrics } from '@weir/service-kit/metrics';
import type { Spent, SpentQuery, SpentSource } from '../domain/spent-source.ts';
import type { CounterStore } from './counter-store.ts';
import type { Epoch } from './epoch.ts';
import type { PlacedCounter } from './epoch-scripts.ts';

interface SeederParts {
  readonly counters: Pick<CounterStore, 'beginSeed' | 'endSeed'>;
  readonly spent: SpentSource;
  readonly epoch: Pick<Epoch, 'current' | 'refresh'>;
  readonly clock: Clock;
  readonly metrics: Metrics;
}

/** Reads counters that Redis does not have from the ledger: each once, however many attempts wait for it. */
export class Seeder {
  readonly #parts: SeederParts;
  readonly #running = new Map<string, Promise<void>>();
  readonly #onSeed: (outcome: 'seeded' | 'failed') => void;

  constructor(parts: SeederParts) {
    this.#parts = parts;
    const seeds = parts.metrics.counter({
      name: 'budget_counter_seeds_total',
      help: 'Counters of limits that were read from the ledger, or could not be',
      labels: ['outcome'],
    });
    this.#onSeed = (outcome) => {
      seeds.labels({ outcome }).inc();
    };
  }

  /** Rejects with `service_unavailable` where the ledger is away. */
  async seed(counters: readonly PlacedCounter[]): Promise<void> {
    await Promise.all(counters.map((counter) => this.#once(counter)));
  }

  #once(counter: PlacedCounter): Promise<void> {
    const id = `${this.#parts.epoch.current.id}:${counter.counter.key}:${counter.place.suffix}`;
    const running = this.#running.get(id);
    if (running) return running;
    const seeding = this.#seed(counter)
      .then(
        (isRead) => {
          if (isRead) this.#onSeed('seeded');
        },
        (error: unknown) => {
          this.#onSeed('failed');
          throw error;
        },
      )
      .finally(() => this.#running.delete(id));
    this.#running.set(id, seeding);
    return seeding;
  }

  /** Resolves to false where the counter was there already. */
  async #seed(counter: PlacedCounter): Promise<boolean> {
    const { counters, spent, epoch, clock } = this.#parts;
    const begunAtMs = clock.nowMs();
    const token = await counters.beginSeed(counter);
    if (token === undefined) return false;
    const { throughSequence, streamCreatedAt, used } = await spent.read(queryOf(counter));
    if (streamCreatedAt !== epoch.current.streamCreatedAt) {
      await epoch.refresh();
      throw new Fault('service_unavailable', { retryAfterMs: 1_000 });
    }
    const seed = { token, throughSequence, begunAtMs, used: atIndexes(used, counter) };
    if ((await counters.endSeed(counter, seed)) === 'seeded') return true;
    throw new Fault('service_unavailable', { retryAfterMs: 1_000 });
  }
}

function queryOf({ counter: { scope, unit, model, window }, place }: PlacedCounter): SpentQuery {
  if (unit === 'parallel_requests') throw new Error('what is under way is not in the ledger');
  const shared = { scope, unit, model };
  if (window.kind === 'rolling') {
    const { partMs } = window;
    return { ...shared, fromMs: place.from * partMs, toMs: (place.to + 1) * partMs, bucketMs: partMs };
  }
  return { ...shared, fromMs: place.startMs, toMs: place.endMs ?? Number.MAX_SAFE_INTEGER };
}

/** The ledger's sums by the counter's indexes: one alone is that of its window. */
function atIndexes(used: Spent['used'], { counter: { window }, place }: PlacedCounter): Spent['used'] {
  if (window.kind === 'rolling') return used;
  return new Map([[place.index, used.get(0) ?? 0]]);
}
