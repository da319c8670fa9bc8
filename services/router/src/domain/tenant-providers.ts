import type { Provider, StoredCredential } from './provider.ts';
import { noStoredCredentials, type StoredCredentialIndex } from './stored-credential-index.ts';

interface TenantProvidersParts {
  /** In the order in which they answer for a model that several of them list. */
  readonly providers: readonly Provider[];
  readonly credentials?: StoredCredentialIndex;
  /** Finds the one of these that credentials for a name are for; by default the one of this name. */
  readonly providerOf?: (name: string) => Provider | undefined;
}

/** An organisation that has credentials of its own; undefined for all others, who see the same. */
export type Owner = string | undefined;

/** Providers with the credentials of one owner; null where it can use none. */
type Views = Map<Provider, Provider | null>;

/**
 * Which providers the requests of a tenant can use, and with which credentials: with those that are stored for its
 * organisation, where there are any for the provider, else with those that are stored for all and those of the environment.
 * A provider stays the same object until a stored credential changes, since what is made for it once is kept by that.
 */
export class TenantProviders {
  readonly all: readonly Provider[];
  readonly #credentials: StoredCredentialIndex;
  readonly #providerOf: (name: string) => Provider | undefined;
  readonly #views = new Map<Owner, Views>();
  /** By the credential's id. */
  readonly #withOne = new Map<string, Provider | undefined>();
  /** What is kept was made of the credentials at this revision. */
  #revision = 0;

  constructor({ providers, credentials = noStoredCredentials, providerOf }: TenantProvidersParts) {
    this.all = providers;
    this.#credentials = credentials;
    this.#providerOf = providerOf ?? ((name) => providers.find((provider) => provider.name === name));
  }

  /** Grows with every change of a stored credential. */
  get revision(): number {
    return this.#credentials.revision;
  }

  get owners(): readonly Owner[] {
    return [undefined, ...this.#credentials.organisations];
  }

  ownerOf(tenant: string): Owner {
    return !this.#credentials.isEmpty && this.#credentials.of(tenant).length > 0 ? tenant : undefined;
  }

  /** Whether an organisation has credentials of its own for the provider. */
  hasOwn(provider: Provider, owner: Owner): boolean {
    return owner !== undefined && this.#storedFor(provider, owner).length > 0;
  }

  /** The provider with the credentials that the tenant's requests use there; undefined where they have none. */
  forTenant(provider: Provider, tenant: string): Provider | undefined {
    if (provider.isOfConfig) return provider;
    if (this.#credentials.isEmpty) return provider.needsStoredCredential ? undefined : provider;
    return this.forOwner(provider, this.ownerOf(tenant));
  }

  /** The same for all the tenants of an owner. */
  forOwner(provider: Provider, owner: Owner): Provider | undefined {
    this.#forgetIfChanged();
    let views = this.#views.get(owner);
    if (!views) this.#views.set(owner, (views = new Map<Provider, Provider | null>()));
    let view = views.get(provider);
    if (view === undefined) views.set(provider, (view = this.#createView(provider, owner) ?? null));
    return view ?? undefined;
  }

  /** The stored credential of this name that the tenant's requests may use: its organisation's own, else a shared one. */
  credentialNamed(name: string, tenant: string): StoredCredential | undefined {
    return this.#named(name, tenant) ?? this.#named(name, undefined);
  }

  /** The provider of a stored credential, with no other; undefined where its address is not known. */
  withCredential(credential: StoredCredential): Provider | undefined {
    this.#forgetIfChanged();
    if (this.#withOne.has(credential.id)) return this.#withOne.get(credential.id);
    const provider = this.#providerOf(credential.provider);
    const view = provider && withStored(provider, [credential]);
    this.#withOne.set(credential.id, view);
    return view;
  }

  /** Whether there is a stored credential of this name, whosever it is. */
  isCredentialName(name: string): boolean {
    return this.owners.some((owner) => this.#named(name, owner) !== undefined);
  }

  /** Whether any tenant can use the provider. */
  isUsable(provider: Provider): boolean {
    return this.owners.some((owner) => this.forOwner(provider, owner) !== undefined);
  }

  #createView(provider: Provider, owner: Owner): Provider | undefined {
    const stored = this.#storedFor(provider, owner);
    if (owner !== undefined) {
      return stored.length > 0 ? withStored(provider, stored) : this.forOwner(provider, undefined);
    }
    if (stored.length > 0) return withStored(provider, stored, provider.credentials);
    return provider.needsStoredCredential ? undefined : provider;
  }

  #storedFor(provider: Provider, owner: Owner): readonly StoredCredential[] {
    return this.#credentials.of(owner).filter((each) => this.#providerOf(each.provider) === provider);
  }

  #named(name: string, owner: Owner): StoredCredential | undefined {
    return this.#credentials.of(owner).find((credential) => credential.name === name);
  }

  #forgetIfChanged(): void {
    if (this.revision === this.#revision) return;
    this.#revision = this.revision;
    this.#views.clear();
    this.#withOne.clear();
  }
}

/** The provider with stored credentials. The demo's word is no key that a real provider would take. */
function withStored(
  provider: Provider,
  stored: readonly StoredCredential[],
  others: Provider['credentials'] = [],
): Provider {
  const base = provider.standsInFor ?? provider;
  const credentials = provider.standsInFor ? stored : [...stored, ...others];
  return { ...base, credentials, needsStoredCredential: false };
}
