import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { priceKey, type DatedPrice, type storedPrices, type StoredPrice } from '@weir/contracts/cost/prices';
import type { ListedModel } from '@weir/contracts/cost/price-list';
import { compilePrices } from '@weir/pricing/compile-price';
import type { PriceBook } from '@weir/pricing/price-book';
import { type PricedModel, PriceIndex } from '@weir/pricing/price-index';
import { stateOf, type Store } from '@weir/service-kit/bus/store';
import type { Clock } from '@weir/service-kit/clock';
import type { OperatorAlerts } from '../alerts/budget-alerts.ts';
import { largestMove } from './price-move.ts';
import type { PriceSource } from './price-source.ts';

/** A synced price that moves by more of itself waits until somebody accepts it. */
const maxMove = 0.2;
/** How many models an alert names in its sentence. */
const maxListed = 20;

interface SyncParts {
  readonly alerts: OperatorAlerts;
  readonly book: Pick<PriceBook, 'modelsOf' | 'hostOf'>;
  readonly store: Pick<Store<typeof storedPrices>, 'get' | 'unreadable' | 'put' | 'delete' | 'entries'>;
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
    const quarantined: Model[] = [];
    try {
      for (const [provider, { models }] of Object.entries(list?.providers ?? {})) {
        const { book } = this.#parts;
        const own = book.modelsOf(provider);
        const known = new Map(own.map((each) => [each.model, each]));
        const resold = book.hostOf(provider).resells ?? [];
        const names = new PriceIndex([...own, ...resold.flatMap((name) => book.modelsOf(name))]);
        for (const [model, listed] of Object.entries(models)) {
          const next = toModel(provider, model, listed);
          const took = await this.#take(next, known.get(model), names);
          if (took === 'changed') changed++;
          if (took === 'quarantined') quarantined.push(next);
        }
      }
    } finally {
      this.#alert(quarantined);
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

  /** What has come of it, where anything is another now. */
  async #take(
    next: Model,
    known: PricedModel | undefined,
    names: PriceIndex,
  ): Promise<'changed' | 'quarantined' | undefined> {
    if (known && isSame(next, known)) {
      await this.#forget('quarantined', next);
      return undefined;
    }
    if (moveOfNames(next, names, this.#parts.clock.nowMs()) <= maxMove) {
      await this.#keep('synced', next);
      return 'changed';
    }
    return (await this.#keep('quarantined', next)) ? 'quarantined' : undefined;
  }

  /** The same prices in quarantine have the same id: of several replicas that sync, one alerts. */
  #alert(quarantined: readonly Model[]): void {
    if (quarantined.length === 0) return;
    const models = quarantined.map(({ provider, model }) => `${provider}/${model}`);
    const identity = quarantined.map((each, at) => [models[at], each.prices.map(({ price }) => price.id)]);
    const id = createHash('sha256').update(JSON.stringify(identity)).digest('base64url');
    const listed = models.slice(0, maxListed).join(', ') + (models.length > maxListed ? ', ...' : '');
    const message = `Synced prices of ${models.length} models move by more than 20%, and wait until they are accepted (weir prices list --quarantined true): ${listed}.`;
    this.#parts.alerts.notify({ about: 'prices.quarantined', message, details: { models } }, id);
  }

  /** Whether something else was kept before. */
  async #keep(
    origin: 'synced' | 'quarantined',
    { provider, model, aliases, prices }: Model,
  ): Promise<boolean> {
    const { store, clock } = this.#parts;
    const key = priceKey({ origin, provider, model });
    const entry = stateOf(store, key);
    // What cannot be read is written anew, unless a newer version has written it.
    if (entry?.fault && entry.isNewer) return false;
    const kept = entry?.fault ? undefined : entry?.value;
    const value = { origin, provider, model, prices, ...(aliases && { aliases }) };
    const isOther = !kept || !isDeepStrictEqual({ ...kept, writtenAtMs: 0 }, { ...value, writtenAtMs: 0 });
    if (isOther) await store.put(key, { ...value, writtenAtMs: clock.nowMs() });
    if (origin === 'synced') await this.#forget('quarantined', { provider, model });
    return isOther;
  }

  async #forget(
    origin: 'quarantined',
    { provider, model }: Pick<Model, 'provider' | 'model'>,
  ): Promise<void> {
    const key = priceKey({ origin, provider, model });
    if (stateOf(this.#parts.store, key)) await this.#parts.store.delete(key);
  }
}

/**
 * How far the price moves of any name that the model would answer to: its own may have been an alias of another one. An alias that is
 * another model's own name stays that one's.
 */
function moveOfNames({ aliases = [], model, prices }: Model, names: PriceIndex, nowMs: number): number {
  const moves = [model, ...aliases].map((each) => {
    const name = each.toLowerCase();
    const former = names.find(name);
    if (!former) return 0;
    const isAnothers = each !== model && former.model.toLowerCase() === name && former.model !== model;
    return isAnothers ? 0 : largestMove(former.prices, prices, nowMs);
  });
  return Math.max(...moves);
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
