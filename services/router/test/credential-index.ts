import type { StoredCredential } from '../src/domain/provider.ts';
import type { StoredCredentialIndex } from '../src/domain/stored-credential-index.ts';

/** A stored credential for OpenAI that everybody may use, unless a test says otherwise. */
export function aCredential(id: string, fields: Partial<StoredCredential> = {}): StoredCredential {
  return {
    id,
    name: id,
    provider: 'openai',
    organisation: undefined,
    version: 1,
    fingerprint: id,
    digest: `digest of ${id}`,
    ...fields,
  };
}

/** Stored credentials without a bucket, which a test adds and removes. */
export function credentialIndex(...given: StoredCredential[]) {
  const byId = new Map(given.map((credential) => [credential.id, credential]));
  let revision = 1;
  return {
    get isEmpty() {
      return byId.size === 0;
    },
    get revision() {
      return revision;
    },
    get organisations() {
      const owners = [...byId.values()].map(({ organisation }) => organisation);
      return [...new Set(owners)].filter((owner) => owner !== undefined);
    },
    get: (id: string) => byId.get(id),
    of: (owner: string | undefined) =>
      [...byId.values()].filter(({ organisation }) => organisation === owner),
    add(credential: StoredCredential) {
      byId.set(credential.id, credential);
      revision++;
    },
    remove(id: string) {
      byId.delete(id);
      revision++;
    },
  } satisfies StoredCredentialIndex & Record<string, unknown>;
}
