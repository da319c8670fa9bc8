import type { DatedPrice, PriceOrigin, StoredPrice } from '@weir/contracts/cost/prices';
import { compilePrices } from './compile-price.ts';
import type { ListedProvider, PriceList } from '@weir/contracts/cost/price-list';

/** A model of the table of prices, and where its prices come from. */
export interface PricedModel {
  readonly provider: string;
  readonly model: string;
  readonly aliases: readonly string[];
  readonly origin: Exclude<PriceOrigin, 'override'>;
  readonly prices: readonly DatedPrice[];
}

/** Anthropic's `claude-sonnet-4-5-20250929` is what `claude-sonnet-4-5` stands for. */
const snapshotDate = /-20\d{6}$/;

/** The models of one provider, by the names that are exactly theirs, in lower case. */
export class PriceIndex {
  readonly #byName = new Map<string, PricedModel>();

  /** Of two models of one name the first has it, and ids go before aliases. */
  constructor(models: readonly PricedModel[]) {
    for (const each of models) this.#add(each.model, each);
    for (const each of models) for (const name of each.aliases) this.#add(name, each);
  }

  /** `model` is in lower case. */
  find(model: string): PricedModel | undefined {
    return this.#byName.get(model) ?? this.#byName.get(model.replace(snapshotDate, ''));
  }

  #add(name: string, model: PricedModel): void {
    const key = name.toLowerCase();
    if (!this.#byName.has(key)) this.#byName.set(key, model);
  }
}

/** A provider's models: those that were synced, and the others that come with the gateway. */
export function modelsOf(name: string, seed: PriceList, synced: Iterable<StoredPrice>): PricedModel[] {
  const models = new Map<string, PricedModel>();
  for (const model of seedModels(name, ofName(seed, name))) models.set(model.model, model);
  for (const { provider, model, aliases = [], prices } of synced) {
    if (provider === name) models.set(model, { provider, model, aliases, origin: 'synced', prices });
  }
  return [...models.values()];
}

export function ofName({ providers }: PriceList, name: string): ListedProvider | undefined {
  return Object.hasOwn(providers, name) ? providers[name] : undefined;
}

function seedModels(provider: string, listed: ListedProvider | undefined): PricedModel[] {
  return Object.entries(listed?.models ?? {}).map(([model, each]) => {
    let compiled: DatedPrice[] | undefined;
    return {
      provider,
      model,
      aliases: each.aliases ?? [],
      origin: 'seed',
      /** Of a thousand models a gateway uses ten. */
      get prices() {
        return (compiled ??= compilePrices(`${provider}/${model}`, each));
      },
    };
  });
}
