import { createRequire } from 'node:module';
import type * as GenaiPrices from '@pydantic/genai-prices';
import type { Clock } from '@weir/service-kit/clock';
import { type Prices, nanoUsdPerToken } from '../domain/prices.ts';
import type { ModelPrice, Provider, ProviderModel } from '../domain/provider.ts';
import type { ConditionalPrice, ModelInfo, ModelPrice as PublishedPrice } from '@pydantic/genai-prices';

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

/** What a model costs now, in its lowest tier; undefined where text in or out has no published price. */
export function currentPrice({ prices }: Pick<ModelInfo, 'prices'>, nowMs: number): ModelPrice | undefined {
  const current = Array.isArray(prices) ? inForce(prices, nowMs) : prices;
  const input = baseOf(current?.['input_mtok']);
  const output = baseOf(current?.['output_mtok']);
  if (input === undefined || output === undefined) return undefined;
  return { inputNanoUsd: nanoUsdPerToken(input), outputNanoUsd: nanoUsdPerToken(output) };
}

/** The last whose condition holds, else the first: the order in which the table is to be read. */
function inForce(prices: readonly ConditionalPrice[], nowMs: number): PublishedPrice | undefined {
  return (prices.findLast(({ constraint }) => isMet(constraint, nowMs)) ?? prices[0])?.prices;
}

function isMet(constraint: ConditionalPrice['constraint'], nowMs: number): boolean {
  if (constraint === undefined) return true;
  if (constraint.type === 'start_date') return nowMs >= Date.parse(constraint.start_date);
  const [start, end] = [timeOfDayMs(constraint.start_time), timeOfDayMs(constraint.end_time)];
  const time = nowMs % dayMs;
  return end < start ? time >= start || time < end : time >= start && time < end;
}

const dayMs = 86_400_000;

/** Since midnight, UTC, of `16:30:00Z`, or of a time with another offset. */
function timeOfDayMs(text: string): number {
  return Date.parse(`1970-01-02T${text}`) % dayMs;
}

function baseOf(price: PublishedPrice[string]): number | undefined {
  return typeof price === 'object' ? price.base : price;
}
