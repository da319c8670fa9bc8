import type { Model } from '@weir/contracts/models';
import { Fault } from '@weir/service-kit/fault';
import type { Provider, ProviderModel } from './provider.ts';

/** A model, and the provider that has it. */
export interface CatalogueEntry {
  readonly provider: Provider;
  readonly model: ProviderModel;
}

/** Which models there are, and which provider answers for a name. */
export class Catalogue {
  readonly providers: readonly Provider[];
  readonly #byName: ReadonlyMap<string, Provider>;
  readonly #modelsOf = new Map<Provider, readonly ProviderModel[]>();
  #entries: ReadonlyMap<string, CatalogueEntry>;

  constructor(providers: readonly Provider[]) {
    this.providers = providers;
    this.#byName = new Map(providers.map((provider) => [provider.name, provider]));
    for (const provider of providers) this.#modelsOf.set(provider, provider.models);
    this.#entries = this.#index();
  }

  /**
   * The model that a request names. `<provider>/<model>` goes to that provider, whether it lists the model or not;
   * any other name goes to the first provider that lists it. Throws `model_not_found` where none does.
   */
  resolve(name: string): CatalogueEntry {
    const entry = this.#entries.get(name);
    if (entry) return entry;
    const provider = this.#byName.get(prefixOf(name));
    const id = name.slice(name.indexOf('/') + 1);
    if (provider && id !== '') return { provider, model: { id } };
    const message = `The model ${JSON.stringify(name)} does not exist.`;
    throw new Fault('model_not_found', { message, param: 'model' });
  }

  /** Takes over what a provider says it has. What was known of a model's limits, and it does not tell, is kept. */
  replaceModels(provider: Provider, models: readonly ProviderModel[]): void {
    const known = new Map(provider.models.map((model) => [model.id, model]));
    this.#modelsOf.set(
      provider,
      models.map((model) => ({ ...known.get(model.id), ...model })),
    );
    this.#entries = this.#index();
  }

  /** Every model by a name that leads to it: its own, or the long one where its own leads elsewhere. */
  list(): Model[] {
    return [...this.#modelsOf].flatMap(([provider, models]) =>
      models.map((model): Model => {
        const isFound = this.#entries.get(model.id)?.provider === provider;
        return {
          id: isFound ? model.id : `${provider.name}/${model.id}`,
          object: 'model',
          created: model.createdAtS ?? 0,
          owned_by: provider.name,
        };
      }),
    );
  }

  #index(): Map<string, CatalogueEntry> {
    const entries = new Map<string, CatalogueEntry>();
    for (const [provider, models] of this.#modelsOf) {
      for (const model of models) {
        for (const id of [model.id, ...(model.aliases ?? [])]) {
          const entry = { provider, model: { ...model, id } };
          entries.set(`${provider.name}/${id}`, entry);
          // OpenRouter's `openai/gpt-5` is OpenAI's where OpenAI itself is configured.
          if (!entries.has(id) && !this.#byName.has(prefixOf(id))) entries.set(id, entry);
        }
      }
    }
    return entries;
  }
}

function prefixOf(name: string): string {
  return name.slice(0, Math.max(name.indexOf('/'), 0));
}
