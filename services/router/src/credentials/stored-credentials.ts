import { createHash } from 'node:crypto';
import type { providerCredentials, ProviderCredential } from '@weir/contracts/keys/credentials';
import type { Store } from '@weir/service-kit/bus/store';
import type { StoredCredential } from '../domain/provider.ts';
import type { StoredCredentialIndex } from '../domain/stored-credential-index.ts';

type Owners = ReadonlyMap<string | undefined, readonly StoredCredential[]>;

/** Follows the stored credentials, as far as they are enabled. Their keys it does not have: see `RealKeyCache`. */
export class StoredCredentials implements StoredCredentialIndex {
  readonly #byId = new Map<string, StoredCredential>();
  readonly #listeners: ((id: string) => void)[] = [];
  /** Made when it is asked for: many come at once, at the start. */
  #byOwner: Owners | undefined;
  #revision = 0;

  constructor({ store }: { store: Pick<Store<typeof providerCredentials>, 'watch'> }) {
    store.watch((id, entry) => {
      if (entry?.value.enabled) this.#byId.set(id, toStoredCredential(id, entry.value));
      else this.#byId.delete(id);
      this.#byOwner = undefined;
      this.#revision++;
      for (const listener of this.#listeners) listener(id);
    });
  }

  get isEmpty(): boolean {
    return this.#byId.size === 0;
  }

  get revision(): number {
    return this.#revision;
  }

  get organisations(): Iterable<string> {
    return [...this.#owners().keys()].filter((owner) => owner !== undefined);
  }

  get(id: string): StoredCredential | undefined {
    return this.#byId.get(id);
  }

  of(organisation: string | undefined): readonly StoredCredential[] {
    return this.#owners().get(organisation) ?? [];
  }

  /** Called with the id of each that has come, has changed, or cannot be used any more. */
  onChange(listener: (id: string) => void): void {
    this.#listeners.push(listener);
  }

  #owners(): Owners {
    if (this.#byOwner) return this.#byOwner;
    const inOrder = [...this.#byId.values()].sort((a, b) =>
      `${a.name} ${a.id}` < `${b.name} ${b.id}` ? -1 : 1,
    );
    return (this.#byOwner = Map.groupBy(inOrder, ({ organisation }) => organisation));
  }
}

/** A replaced key is another credential to health: that its predecessor was rejected does not count against it. */
export function toStoredCredential(
  id: string,
  { name, provider, organisation, version }: ProviderCredential,
): StoredCredential {
  const digest = createHash('sha256')
    .update(JSON.stringify(['stored', id, version]))
    .digest('base64url');
  return { id, name, provider, organisation, version, fingerprint: id, digest };
}
