import { createRequire } from 'node:module';
import type * as GenaiPrices from '@pydantic/genai-prices';
import type { Clock } from '@weir/service-kit/clock';
import type { Prices } from '../domain/prices.ts';
import type { ModelPrice, Provider, ProviderModel } from '../domain/provider.ts';
import { currentPrice } from './current-price.ts';

type PublishedModel = GenaiPrices.ModelInfo;

/** Our names of providers that the table knows by another. */
const publishedNames: Readonly<Record<string, string>> = { gemini: 'google', xai: 'x-ai' };

/** Anthropic's `claude-sonnet-4-5-20250929` is what `claude-sonnet-4-5` stands for. */
const snapshotDate = /-20\d{6}$/;

const free: ModelPrice = { inputNanoUsd: 0, outputNanoUsd: 0 };

/**
 * Published prices, by a model's exact name: what merely begins like a known one may cost ten times as much. The operator's
 * own price goes before them, and models on one's own hosts cost nothing.
 *
 * The table is loaded at the first question that needs it. It stops the process for some 40 ms and takes 20 MB, which who
 * never chooses by cost should not pay.
 */
export class PriceTable implements Prices {
  readonly #clock: Pick<Clock, 'nowMs'>;
  #published: typeof GenaiPrices | undefined;
  readonly #modelsOf = new WeakMap<Provider, ReadonlyMap<string, PublishedModel>>();

  constructor(clock: Pick<Clock, 'nowMs'>) {
    this.#clock = clock;
  }

  of(provider: Provider, { id, price }: ProviderModel): ModelPrice | undefined {
    if (price) return price;
    if (isOwnHost(provider)) return free;
    const models = this.#modelsAt(provider);
    const name = id.toLowerCase();
    const model = models.get(name) ?? models.get(name.replace(snapshotDate, ''));
    return model && currentPrice(model, this.#clock.nowMs());
  }

  #modelsAt(provider: Provider): ReadonlyMap<string, PublishedModel> {
    const known = this.#modelsOf.get(provider);
    if (known) return known;
    this.#published ??= loadPublished();
    const models = byExactName(findPublished(this.#published, provider));
    this.#modelsOf.set(provider, models);
    return models;
  }
}

function isOwnHost({ dialect, name }: Provider): boolean {
  return dialect === 'ollama' || name === 'vllm';
}

/** At once: an import would stop the process as long, and leave the first requests without prices. */
function loadPublished(): typeof GenaiPrices {
  return createRequire(import.meta.url)('@pydantic/genai-prices') as typeof GenaiPrices;
}

/** The provider's models, then those of others that it sells under their names, as Azure does OpenAI's. */
function findPublished(
  { findProvider }: typeof GenaiPrices,
  { name, baseUrl }: Provider,
): readonly PublishedModel[] {
  const named = (providerId: string) => {
    const found = findProvider({ providerId });
    // A name is looked for as a part of others, too.
    return found?.id === providerId ? found : undefined;
  };
  const published = findProvider({ providerApiUrl: baseUrl }) ?? named(publishedNames[name] ?? name);
  const resold = (published?.fallback_model_providers ?? []).map(named);
  return [published, ...resold].flatMap((each) => each?.models ?? []);
}

/** By the names that are exactly theirs; of two models of one name the first has it. */
function byExactName(models: readonly PublishedModel[]): ReadonlyMap<string, PublishedModel> {
  const byName = new Map<string, PublishedModel>();
  for (const names of [(model: PublishedModel) => [model.id], namesOf]) {
    for (const model of models) {
      for (const name of names(model)) {
        if (!byName.has(name.toLowerCase())) byName.set(name.toLowerCase(), model);
      }
    }
  }
  return byName;
}

function namesOf({ match }: PublishedModel): string[] {
  const rules = 'or' in match ? match.or : [match];
  return rules.flatMap((rule) => ('equals' in rule ? [rule.equals] : []));
}
