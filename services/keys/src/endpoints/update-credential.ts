import type { updateCredential } from '@weir/contracts/admin/credentials';
import type { EndpointHandler } from '@weir/service-kit/bus/bus';
import { reachOf } from '@weir/service-kit/admin/reach';
import { applyPatch, assertRevision } from '../domain/patch.ts';
import { lockCredential, updateCredentialRow } from '../tables/credentials.ts';
import { openSealedRealKey } from '../vault/real-key.ts';
import { type CredentialParts, credentialChange, keepRealKey } from './create-credential.ts';

/** Renames a credential, turns it off or on, or replaces its key. */
export function createUpdateCredential({
  changes,
  installation,
  wrapper,
}: CredentialParts): EndpointHandler<typeof updateCredential> {
  return async ({ data: { expectedRevision, id, sealedApiKey, ...patch }, envelope }) => {
    const key =
      sealedApiKey === undefined ? undefined : openSealedRealKey(sealedApiKey, installation.sealingKeys);
    return changes.run(envelope, async (transaction) => {
      const before = await lockCredential(transaction, id, reachOf(envelope));
      assertRevision(before.credential, expectedRevision);
      const kept = key === undefined ? undefined : await keepRealKey(wrapper, { id, key });
      const after = await updateCredentialRow(transaction, applyPatch(before.credential, patch), kept);
      return {
        reply: after.credential,
        audit: [credentialChange('credential.update', { before, after })],
        projects: [{ kind: 'credential', id }],
      };
    });
  };
}
