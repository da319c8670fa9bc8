import type { createCredential } from '@weir/contracts/admin/credentials';
import type { EndpointHandler } from '@weir/service-kit/bus/bus';
import { v7 as uuidv7 } from 'uuid';
import type { ChangeRunner } from '../changes/change-runner.ts';
import { organisationOrAllFor } from '@weir/service-kit/admin/reach';
import { digestOf } from '../domain/secret.ts';
import { type CredentialRow, insertCredential, type KeptRealKey } from '../tables/credentials.ts';
import type { Installation } from '../vault/installation.ts';
import type { KeyWrapper } from '../vault/key-wrapper.ts';
import { openSealedRealKey, shownOf, wrapRealKey } from '../vault/real-key.ts';

export interface CredentialParts {
  readonly changes: ChangeRunner;
  readonly installation: Installation;
  readonly wrapper: KeyWrapper;
}

export function createCreateCredential({
  changes,
  installation,
  wrapper,
}: CredentialParts): EndpointHandler<typeof createCredential> {
  return async ({ data: { idempotencyKey, sealedApiKey, ...asked }, envelope }) => {
    const organisation_id = organisationOrAllFor(envelope, asked.organisation_id);
    const key = openSealedRealKey(sealedApiKey, installation.sealingKeys);
    const keyDigest = digestOf(key, installation.verificationKey);
    return changes.run(
      envelope,
      async (transaction) => {
        const id = uuidv7();
        const kept = await keepRealKey(wrapper, { id, key });
        const made = await insertCredential(transaction, { ...asked, id, organisation_id }, kept);
        return {
          reply: made.credential,
          audit: [credentialChange('credential.create', { before: null, after: made })],
          projects: [{ kind: 'credential', id }],
        };
      },
      // The same key is sealed anew each time that it is sent.
      { key: idempotencyKey, request: ['credential.create', asked, keyDigest] },
    );
  };
}

export async function keepRealKey(
  wrapper: KeyWrapper,
  content: { readonly id: string; readonly key: string },
): Promise<KeptRealKey> {
  return { ...(await wrapRealKey(wrapper, content)), lastFour: shownOf(content.key) };
}

/** What the audit log says of a change of a credential. That its key was replaced shows in `version`. */
export function credentialChange(
  action: string,
  { before, after }: { before: CredentialRow | null; after: CredentialRow | null },
) {
  const { id = '', organisation_id = null } = (after ?? before)?.credential ?? {};
  const told = (row: CredentialRow | null) => row && { ...row.credential, version: row.version };
  return {
    action,
    organisation: organisation_id,
    target: { kind: 'credential', id },
    before: told(before),
    after: told(after),
  };
}
