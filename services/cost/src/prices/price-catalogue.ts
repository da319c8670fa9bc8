import type { PriceRecord } from '@weir/contracts/admin/prices';
import type { DatedPrice, storedPrices, StoredPrice } from '@weir/contracts/cost/prices';
import type { PriceBook } from '@weir/pricing/price-book';
import { type PricedModel, PriceIndex } from '@weir/pricing/price-index';
import { inForce, inForceSince } from '@weir/pricing/price-time';
import type { Store } from '@weir/service-kit/bus/store';
import { Fault } from '@weir/service-kit/fault';
import { largestMove } from './price-move.ts';
import { toShownPrice } from './shown-price.ts';

export interface CatalogueParts {
  readonly book: Pick<PriceBook, 'providers' | 'modelsOf'>;
  readonly store: Pick<Store<typeof storedPrices>, 'entries'>;
}

/** A model that has a price from anywhere. */
export interface CatalogueEntry {
  readonly provider: string;
  readonly model: string;
  /** Of the table: synced, or what comes with the gateway. */
  readonly listed: PricedModel | undefined;
  readonly override: StoredPrice | undefined;
  readonly quarantined: StoredPrice | undefined;
  /** Whose price holds for the name, where one waits in quarantine and the table has no model of this name. */
  readonly former?: PricedModel | undefined;
}

/** All models with a price, or with one in quarantine, by provider and model. */
export function catalogueOf({ book, store }: CatalogueParts, provider?: string): CatalogueEntry[] {
  const entries = new Map<string, CatalogueEntry>();
  const add = (part: Pick<CatalogueEntry, 'provider' | 'model'> & Partial<CatalogueEntry>) => {
    if (provider !== undefined && part.provider !== provider) return;
    const key = keyOf(part);
    const none = { listed: undefined, override: undefined, quarantined: undefined };
    const { model, ...known } = entries.get(key) ?? { model: part.model, ...none };
    entries.set(key, { ...known, ...part, model });
  };
  for (const name of provider === undefined ? book.providers : [provider]) {
    for (const listed of book.modelsOf(name)) add({ provider: name, model: listed.model, listed });
  }
  for (const { value } of store.entries()) {
    const { provider: name, model, origin } = value;
    if (origin === 'override') add({ provider: name, model, override: value });
    if (origin === 'quarantined') {
      const isListed = entries.get(keyOf(value))?.listed !== undefined;
      const former = isListed ? undefined : new PriceIndex(book.modelsOf(name)).find(model.toLowerCase());
      add({ provider: name, model, quarantined: value, former });
    }
  }
  return [...entries.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, entry]) => entry);
}

/** By which they are in order. */
export function keyOf({ provider, model }: Pick<CatalogueEntry, 'provider' | 'model'>): string {
  return `${provider}/${model.toLowerCase()}`;
}

/** One of them, which is there. */
export function priceRecordOf(
  parts: CatalogueParts,
  { provider, model }: Pick<CatalogueEntry, 'provider' | 'model'>,
  nowMs: number,
): PriceRecord {
  const key = keyOf({ provider, model });
  const entry = catalogueOf(parts, provider).find((each) => keyOf(each) === key);
  if (!entry) throw new Fault('not_found', { param: 'model' });
  return toPriceRecord(entry, nowMs);
}

export function toPriceRecord(entry: CatalogueEntry, nowMs: number): PriceRecord {
  const { provider, model, override, quarantined } = entry;
  const listed = entry.listed ?? entry.former;
  const set = override && currentOf(override.prices, inForceSince(override.prices, nowMs));
  const others = listed?.prices ?? [];
  const current = set ?? currentOf(others, inForce(others, nowMs));
  const schedule = override ? [...override.prices, ...(set ? [] : others)] : others;
  return {
    provider,
    model,
    aliases: [...(entry.listed?.aliases ?? [])],
    origin: set || !listed ? 'override' : listed.origin,
    price: current ? toShownPrice(current) : null,
    schedule: schedule.length > 1 ? schedule.map(toShownPrice) : [],
    quarantined: quarantined ? toQuarantine(quarantined.prices, others, nowMs) : null,
  };
}

const currentOf = (prices: readonly DatedPrice[], current: DatedPrice['price'] | undefined) =>
  prices.find(({ price }) => price === current);

function toQuarantine(
  prices: readonly DatedPrice[],
  before: readonly DatedPrice[],
  nowMs: number,
): PriceRecord['quarantined'] {
  const current = currentOf(prices, inForce(prices, nowMs));
  if (!current) return null;
  const move = largestMove(before, prices, nowMs);
  const moved_percent = Number.isFinite(move) ? Math.round(move * 1_000) / 10 : null;
  return { moved_percent, price: toShownPrice(current) };
}
