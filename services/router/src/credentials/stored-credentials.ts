import { createHash } from 'node:crypto';
import { providerCredentials, type ProviderCredential } from '@weir/contracts/keys/credentials';
import type { Store, UnreadableEntry } from '@weir/service-kit/bus/store';
import type { Fault } from '@weir/service-kit/fault';
import { z } from 'zod';
import type { StoredCredential } from '../domain/provider.ts';
import type { StoredCredentialIndex } from '../domain/stored-credential-index.ts';

const identitySchema = z.object(providerCredentials.value.shape).pick({
  name: true,
  provider: true,
  organisation: true,
  version: true,
  enabled: true,
});

type CredentialIdentity = z.output<typeof identitySchema>;

type Owners = ReadonlyMap<string | undefined, readonly StoredCredential[]>;

/** Follows the stored credentials, as far as they are enabled. Their keys it does not have: see `RealKeyCache`. */
export class StoredCredentials implements StoredCredentialIndex {
  readonly #byId = new Map<string, StoredCredential>();
  readonly #listeners: ((id: string) => void)[] = [];
  /** Made when it is asked for: many come at once, at the start. */
  #byOwner: Owners | undefined;
  /** Credentials that could not be read when this router started, and say nothing of their owner. */
  readonly #unknown = new Map<string, Fault>();
  #revision = 0;

  constructor({ store }: { store: Pick<Store<typeof providerCredentials>, 'watch'> }) {
    let isStart = true;
    store.watch((id, entry) => {
      const fault = entry?.fault;
      const value = entry?.fault ? this.#whose(entry) : entry?.value;
      if (value?.enabled) this.#byId.set(id, { ...toStoredCredential(id, value), ...(fault && { fault }) });
      else this.#byId.delete(id);
      // One that comes later and says nothing was never used here.
      if (fault && !value && isStart) this.#unknown.set(id, fault);
      else this.#unknown.delete(id);
      this.#byOwner = undefined;
      this.#revision++;
      for (const listener of this.#listeners) listener(id);
    });
    isStart = false;
  }

  /**
   * Throws where a credential cannot be read and nobody can tell whose it is: requests that have to be made with it would be
   * made with another's.
   */
  assertKnown(): void {
    for (const fault of this.#unknown.values()) throw fault;
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

  /** By what can still be read of it, or was read before: its owner's requests are not to be made with others' credentials. */
  #whose({ key: id, parsed }: UnreadableEntry): CredentialIdentity | undefined {
    const { data } = identitySchema.safeParse(parsed);
    const former = this.#byId.get(id);
    return data ?? (former && { ...former, enabled: true });
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
  {
    name,
    provider,
    organisation,
    version,
  }: Pick<ProviderCredential, 'name' | 'provider' | 'organisation' | 'version'>,
): StoredCredential {
  const digest = createHash('sha256')
    .update(JSON.stringify(['stored', id, version]))
    .digest('base64url');
  return { id, name, provider, organisation, version, fingerprint: id, digest };
}
