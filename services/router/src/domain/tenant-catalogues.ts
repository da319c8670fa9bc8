import { LRUCache } from 'lru-cache';
import { Catalogue } from './catalogue.ts';
import type { Provider, ProviderModel } from './provider.ts';
import type { Owner, TenantProviders } from './tenant-providers.ts';

/** A provider that is to list its models: for everybody, or for an organisation that has credentials of its own there. */
export interface ModelListing {
  /** The same for as long as there is this listing, whatever becomes of the credentials. */
  readonly key: string;
  /** With the credentials to ask it with. */
  readonly provider: Provider;
}

/** How many organisations' catalogues are kept: one is made in less than a millisecond. */
const maxCatalogues = 200;

/**
 * The models that each tenant's requests may name. What an organisation's own credentials have listed nobody else sees: it
 * may be models of its own.
 */
export class TenantCatalogues {
  readonly #providers: TenantProviders;
  /** By the listing's key. */
  readonly #lists = new Map<string, readonly ProviderModel[]>();
  readonly #ofOwners = new LRUCache<string, Catalogue>({ max: maxCatalogues });
  #ofOthers: Catalogue | undefined;
  /** What is kept was made of the credentials at this revision. */
  #revision = 0;

  constructor({ providers }: { providers: TenantProviders }) {
    this.#providers = providers;
  }

  of(tenant: string): Catalogue {
    if (this.#revision !== this.#providers.revision) this.#forgetCatalogues();
    const owner = this.#providers.ownerOf(tenant);
    if (owner === undefined) return (this.#ofOthers ??= this.#create(undefined));
    const kept = this.#ofOwners.get(owner);
    if (kept) return kept;
    const catalogue = this.#create(owner);
    this.#ofOwners.set(owner, catalogue);
    return catalogue;
  }

  /** All that there are now. */
  listings(): ModelListing[] {
    const { all, owners } = this.#providers;
    return owners.flatMap((owner) =>
      all.flatMap((provider) => {
        const isOwn = owner === undefined || this.#providers.hasOwn(provider, owner);
        const view = isOwn ? this.#providers.forOwner(provider, owner) : undefined;
        return view?.discoversModels ? [{ key: keyOf(provider, owner), provider: view }] : [];
      }),
    );
  }

  /** Takes over what a provider has listed. One that has no list has the models that are known of it. */
  setList({ key, provider }: ModelListing, models: readonly ProviderModel[] = provider.models): void {
    this.#lists.set(key, models);
    this.#forgetCatalogues();
  }

  deleteList(key: string): void {
    if (this.#lists.delete(key)) this.#forgetCatalogues();
  }

  #create(owner: Owner): Catalogue {
    const lists = new Map<Provider, readonly ProviderModel[]>();
    const usable: Provider[] = [];
    for (const provider of this.#providers.all) {
      const view = this.#providers.forOwner(provider, owner);
      if (!view) continue;
      usable.push(view);
      const list = this.#lists.get(
        keyOf(provider, this.#providers.hasOwn(provider, owner) ? owner : undefined),
      );
      if (list) lists.set(view, list);
    }
    return new Catalogue(usable, lists);
  }

  #forgetCatalogues(): void {
    this.#revision = this.#providers.revision;
    this.#ofOwners.clear();
    this.#ofOthers = undefined;
  }
}

function keyOf({ name }: Provider, owner: Owner): string {
  return owner === undefined ? name : `${name} of ${owner}`;
}
