import { type ModelPrice, priceKey, type StoredPrice } from '@weir/contracts/cost/prices';
import { modelsOf, ofName, PriceIndex, type PricedModel } from './price-index.ts';
import type { ListedProvider, PriceList } from '@weir/contracts/cost/price-list';
import { inForce, inForceSince } from './price-time.ts';
import { readSeedPrices } from './seed-prices.ts';

/** A provider, as far as its prices depend on it. What is found of one is kept for as long as the object. */
export interface PricedProvider {
  readonly name: string;
  readonly baseUrl: string;
  /** Whether it is the operator's, as Ollama, and costs nothing where nobody says otherwise. */
  readonly isOwnHost: boolean;
}

/** A bucket's copy, as far as it is followed. */
export interface PriceStore {
  watch(
    listener: (
      key: string,
      entry:
        { readonly value: StoredPrice; readonly fault?: undefined } | { readonly fault: Error } | undefined,
    ) => void,
  ): void;
}

/** What models on one's own hosts cost. */
export const localPrice: ModelPrice = { id: 'local', rates: { input: 0, output: 0 } };

/**
 * What models cost, by their exact names: what merely begins like a known one may cost ten times as much. Overrides go before
 * what was synced, and that before the prices that come with the gateway; these are read at the first question.
 */
export class PriceBook {
  readonly #readSeed: () => PriceList;
  #seed: PriceList | undefined;
  /** By the bucket's keys. */
  readonly #synced = new Map<string, StoredPrice>();
  /** By `<provider>/<model>`, in lower case. */
  readonly #overrides = new Map<string, StoredPrice>();
  /** What cannot be read, by the bucket's keys. */
  readonly #unreadable = new Map<string, Error>();
  /** By the names of providers, as the table has them. */
  readonly #indexes = new Map<string, PriceIndex>();
  /** The provider of the table that a base URL is of, or null. */
  readonly #byUrl = new WeakMap<PricedProvider, string | null>();

  constructor({ readSeed = readSeedPrices }: { readSeed?: () => PriceList } = {}) {
    this.#readSeed = readSeed;
  }

  /** The price that holds at that time; undefined where there is none, or none that can be read, which is not 0. */
  find(provider: PricedProvider, modelId: string, atMs: number): ModelPrice | undefined {
    if (this.unreadable(provider, modelId)) return undefined;
    const model = modelId.toLowerCase();
    const override = this.#override(provider.name, model, atMs);
    if (override) return override;
    if (provider.isOwnHost) return localPrice;
    const table = this.#tableOf(provider);
    const known = this.#indexOf(table).find(model);
    return (
      this.#override(table, model, atMs) ??
      (known && (this.#override(table, known.model, atMs) ?? inForce(known.prices, atMs)))
    );
  }

  /** Why nobody knows the price: it is set, or was synced, and cannot be read. The price that it replaces does not hold. */
  unreadable(provider: PricedProvider, modelId: string): Error | undefined {
    if (this.#unreadable.size === 0) return undefined;
    const table = this.#tableOf(provider);
    const known = this.#indexOf(table).find(modelId.toLowerCase())?.model;
    const resold = ofName(this.#list(), table)?.resells ?? [];
    const models = [modelId, ...(known === undefined ? [] : [known])];
    const keys = models.flatMap((model) => [
      ...[provider.name, table].map((name) => priceKey({ origin: 'override', provider: name, model })),
      ...[table, ...resold].map((name) => priceKey({ origin: 'synced', provider: name, model })),
    ]);
    const key = keys.find((each) => this.#unreadable.has(each));
    return key === undefined ? undefined : this.#unreadable.get(key);
  }

  /** Follows what is synced and overridden, from what is there on. */
  follow(store: PriceStore): void {
    const overrideNames = new Map<string, string>();
    store.watch((key, entry) => {
      this.#unreadable.delete(key);
      if (entry?.fault) {
        this.#unreadable.set(key, entry.fault);
        return;
      }
      const value = entry?.value;
      if (value?.origin === 'override') {
        overrideNames.set(key, nameOf(value.provider, value.model));
        this.#overrides.set(nameOf(value.provider, value.model), value);
      } else if (value?.origin === 'synced') {
        this.#synced.set(key, value);
        this.#indexes.clear();
      } else if (!value) {
        this.#overrides.delete(overrideNames.get(key) ?? '');
        // Others may resell the provider's models.
        if (this.#synced.delete(key)) this.#indexes.clear();
      }
    });
  }

  /** The names of all providers in the table. */
  get providers(): string[] {
    const synced = [...this.#synced.values()].map(({ provider }) => provider);
    return [...new Set([...Object.keys(this.#list().providers), ...synced])];
  }

  /** A provider's models in the table, without what others sell of them and without overrides. */
  modelsOf(provider: string): PricedModel[] {
    return modelsOf(provider, this.#list(), this.#synced.values());
  }

  /** How the table knows a provider's hosts, and whose models it sells. */
  hostOf(provider: string): Pick<ListedProvider, 'apiPattern' | 'resells'> {
    const { apiPattern, resells } = ofName(this.#list(), provider) ?? {};
    return { ...(apiPattern !== undefined && { apiPattern }), ...(resells && { resells }) };
  }

  #list(): PriceList {
    return (this.#seed ??= this.#readSeed());
  }

  #override(provider: string, model: string, atMs: number): ModelPrice | undefined {
    const override = this.#overrides.get(nameOf(provider, model));
    return override && inForceSince(override.prices, atMs);
  }

  /** By where it is, since a name says little; by its name where that is nowhere known. */
  #tableOf(provider: PricedProvider): string {
    let table = this.#byUrl.get(provider);
    if (table === undefined) {
      table = tableByUrl(this.#list(), provider.baseUrl) ?? null;
      this.#byUrl.set(provider, table);
    }
    return table ?? provider.name;
  }

  #indexOf(table: string): PriceIndex {
    const known = this.#indexes.get(table);
    if (known) return known;
    const resold = ofName(this.#list(), table)?.resells ?? [];
    const index = new PriceIndex([table, ...resold].flatMap((name) => this.modelsOf(name)));
    // Names that nobody knows may be as many as somebody likes.
    if (this.providers.includes(table)) this.#indexes.set(table, index);
    return index;
  }
}

function nameOf(provider: string, model: string): string {
  return `${provider}/${model.toLowerCase()}`;
}

function tableByUrl({ providers }: PriceList, baseUrl: string): string | undefined {
  return Object.entries(providers).find(
    ([, { apiPattern }]) => apiPattern !== undefined && new RegExp(`^(?:${apiPattern})`).test(baseUrl),
  )?.[0];
}
