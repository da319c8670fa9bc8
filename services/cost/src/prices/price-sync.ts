import { isDeepStrictEqual } from 'node:util';
import { priceKey, type DatedPrice, type storedPrices, type StoredPrice } from '@weir/contracts/cost/prices';
import type { ListedModel } from '@weir/contracts/cost/price-list';
import { compilePrices } from '@weir/pricing/compile-price';
import type { PriceBook } from '@weir/pricing/price-book';
import type { Store } from '@weir/service-kit/bus/store';
import type { Clock } from '@weir/service-kit/clock';
import { largestMove } from './price-move.ts';
import type { PriceSource } from './price-source.ts';

/** A synced price that moves by more of itself waits until somebody accepts it. */
const maxMove = 0.2;

interface SyncParts {
  readonly book: Pick<PriceBook, 'modelsOf'>;
  readonly store: Pick<Store<typeof storedPrices>, 'get' | 'put' | 'delete' | 'entries'>;
  /** Undefined where there is none: then there is only quarantine to accept from. */
  readonly source: PriceSource | undefined;
  readonly clock: Pick<Clock, 'nowMs'>;
}

export interface SyncOutcome {
  readonly changed: number;
  readonly accepted: number;
  readonly quarantined: number;
}

type Model = Pick<StoredPrice, 'provider' | 'model' | 'aliases' | 'prices'>;

/**
 * Takes prices over from a source. Only what differs from the prices that hold is kept in the bucket. To sync twice is to sync
 * once, so that several replicas may. Overrides are not touched, and go on going first.
 */
export class PriceSync {
  readonly #parts: SyncParts;

  constructor(parts: SyncParts) {
    this.#parts = parts;
  }

  /** `accepts` tells which of the models that moved too far are taken, by `<provider>/<model>`. */
  async run(accepts: (name: string) => boolean = () => false): Promise<SyncOutcome> {
    const { source, store } = this.#parts;
    // Read first: where the source has failed, nothing is accepted that it may have taken back.
    const list = await source?.read();
    const accepted = await this.#accept(accepts);
    let changed = 0;
    for (const [provider, { models }] of Object.entries(list?.providers ?? {})) {
      const known = new Map(this.#parts.book.modelsOf(provider).map((each) => [each.model, each]));
      for (const [model, listed] of Object.entries(models)) {
        const next = toModel(provider, model, listed);
        if (await this.#take(next, known.get(model))) changed++;
      }
    }
    const waiting = [...store.entries()].filter(({ value }) => value.origin === 'quarantined');
    return { changed, accepted, quarantined: waiting.length };
  }

  async #accept(accepts: (name: string) => boolean): Promise<number> {
    const waiting = [...this.#parts.store.entries()].filter(
      ({ value }) => value.origin === 'quarantined' && accepts(`${value.provider}/${value.model}`),
    );
    for (const { value } of waiting) await this.#keep('synced', value);
    return waiting.length;
  }

  /** Whether the price that holds is another now. */
  async #take(next: Model, known: { aliases: readonly string[]; prices: readonly DatedPrice[] } | undefined) {
    if (known && isSame(next, known)) {
      await this.#forget('quarantined', next);
      return false;
    }
    const moves = known && largestMove(known.prices, next.prices, this.#parts.clock.nowMs()) > maxMove;
    await this.#keep(moves ? 'quarantined' : 'synced', next);
    return !moves;
  }

  async #keep(origin: 'synced' | 'quarantined', { provider, model, aliases, prices }: Model): Promise<void> {
    const { store, clock } = this.#parts;
    const key = priceKey({ origin, provider, model });
    const kept = store.get(key)?.value;
    const value = { origin, provider, model, prices, ...(aliases && { aliases }) };
    if (!kept || !isDeepStrictEqual({ ...kept, writtenAtMs: 0 }, { ...value, writtenAtMs: 0 })) {
      await store.put(key, { ...value, writtenAtMs: clock.nowMs() });
    }
    if (origin === 'synced') await this.#forget('quarantined', { provider, model });
  }

  async #forget(
    origin: 'quarantined',
    { provider, model }: Pick<Model, 'provider' | 'model'>,
  ): Promise<void> {
    const key = priceKey({ origin, provider, model });
    if (this.#parts.store.get(key)) await this.#parts.store.delete(key);
  }
}

function toModel(provider: string, model: string, listed: ListedModel): Model {
  const { aliases } = listed;
  return {
    provider,
    model,
    prices: compilePrices(`${provider}/${model}`, listed),
    ...(aliases && { aliases }),
  };
}

/** Ids are of the prices alone, so that the same price is the same wherever it was read. */
function isSame(next: Model, known: { aliases: readonly string[]; prices: readonly DatedPrice[] }): boolean {
  return isDeepStrictEqual(next.aliases ?? [], known.aliases) && isDeepStrictEqual(next.prices, known.prices);
}
