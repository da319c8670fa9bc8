import type { Model } from '@weir/contracts/models';
import { Fault } from '@weir/service-kit/fault';
import { customName, type Provider, type ProviderModel } from './provider.ts';

/** A model, and the provider that has it. */
export interface CatalogueEntry {
  readonly provider: Provider;
  readonly model: ProviderModel;
}

/** The models that a provider has listed; of one that has no list, those that are known of it. */
export type ModelLists = ReadonlyMap<Provider, readonly ProviderModel[]>;

/** Which models there are, and which provider answers for a name. */
export class Catalogue {
  readonly #providers: readonly Provider[];
  readonly #byName: ReadonlyMap<string, Provider>;
  readonly #modelsOf: ModelLists;
  /** Providers that are to list their models, and have not yet. */
  readonly #unlisted: readonly Provider[];
  readonly #entries: ReadonlyMap<string, CatalogueEntry>;

  constructor(providers: readonly Provider[], lists: ModelLists = new Map()) {
    this.#providers = providers;
    this.#byName = new Map(providers.map((provider) => [provider.name, provider]));
    this.#modelsOf = new Map(
      providers.map((provider) => [provider, withKnownLimits(provider, lists.get(provider))]),
    );
    this.#unlisted = providers.filter((provider) => provider.discoversModels && !lists.has(provider));
    this.#entries = this.#index();
  }

  /**
   * The model that a request names. `<provider>/<model>` (Portkey's users write `@<provider>/<model>`) goes to that provider,
   * whether it lists the model or not; any other name goes as it is to the first provider that lists it, else to the one
   * whose models are named so. Throws `model_not_found` where none does, or `service_unavailable` while it may yet turn out
   * that one does.
   */
  resolve(name: string): CatalogueEntry {
    const entry = this.#entries.get(name);
    if (entry) return entry;
    const long = name.startsWith('@') ? name.slice(1) : name;
    const provider = this.#byName.get(prefixOf(long));
    const id = long.slice(long.indexOf('/') + 1);
    if (id === '' || !isSpeakable(name)) throw notFound(name);
    if (provider) return this.resolveAt(provider, name);
    const owner = this.#providers.find(({ modelNamePattern }) => modelNamePattern?.test(name));
    if (owner) return unlisted(owner, name);
    throw this.#unlisted.length === 0 ? notFound(name) : this.#notFoundYet(name);
  }

  /**
   * The model that a request names, at a provider that is decided already, which may be one that only a routing config
   * knows. What is known of its limits is kept. Throws `model_not_found` where no provider could have a model of that name.
   */
  resolveAt(provider: Provider, name: string): CatalogueEntry {
    const id = this.#withoutPrefix(provider, name);
    // Groq's `groq/compound` has the provider's name in its own.
    for (const each of [id, name]) {
      const listed = provider.isPublicHostOnly ? undefined : this.#entries.get(`${provider.name}/${each}`);
      if (listed) return { provider, model: listed.model };
    }
    if (id === '' || !isSpeakable(id)) throw notFound(name);
    return unlisted(provider, id);
  }

  #withoutPrefix({ name: provider, isPublicHostOnly }: Provider, name: string): string {
    // A host of a config is `custom` where nothing says what it is: no provider has that name.
    if (isPublicHostOnly && provider === customName && !this.#byName.has(provider)) return name;
    const prefix = [`${provider}/`, `@${provider}/`].find((each) => name.startsWith(each)) ?? '';
    return name.slice(prefix.length);
  }

  /** Whether the provider has this model by its list, or by what is known of it. */
  lists({ provider, model }: CatalogueEntry): boolean {
    return this.#entries.has(`${provider.name}/${model.id}`);
  }

  /**
   * Every model that is allowed, by a name that leads to it: its own, or the long one where its own leads elsewhere.
   */
  list(isAllowed: (entry: CatalogueEntry) => boolean = () => true): Model[] {
    return [...this.#modelsOf].flatMap(([provider, models]) =>
      models
        .filter((model) => isAllowed({ provider, model }))
        .map((model): Model => {
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

  #notFoundYet(name: string): Fault {
    const providers = this.#unlisted.map((provider) => provider.name).join(', ');
    const message = `No provider is known to have the model ${JSON.stringify(name)}, and not all have listed theirs yet: ${providers}.`;
    return new Fault('service_unavailable', { message, param: 'model' });
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

/** What was known of a model's limits, and a list does not tell, is kept. */
function withKnownLimits(provider: Provider, listed: readonly ProviderModel[] | undefined) {
  if (!listed) return provider.models;
  const known = new Map(provider.models.map((model) => [model.id, model]));
  return listed.map((model) => ({ ...known.get(model.id), ...model }));
}

/** A model that its provider does not list, with the limits that are known of it all the same. */
function unlisted(provider: Provider, id: string): CatalogueEntry {
  return { provider, model: provider.models.find((model) => model.id === id) ?? { id } };
}

/** Control characters, and names that lead out of a path that they are a part of. */
const unspeakable = /\p{Cc}|(?:^|[/\\])\.{1,2}(?:$|[/\\])/u;

function isSpeakable(name: string): boolean {
  return name.isWellFormed() && !unspeakable.test(name);
}

function notFound(name: string): Fault {
  const message = `The model ${JSON.stringify(name)} does not exist.`;
  return new Fault('model_not_found', { message, param: 'model' });
}

function prefixOf(name: string): string {
  return name.slice(0, Math.max(name.indexOf('/'), 0));
}
