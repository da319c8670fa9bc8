import type { updateCredential } from '@weir/contracts/admin/credentials';
import type { EndpointHandler } from '@weir/service-kit/bus/bus';
import { reachOf } from '../domain/reach.ts';
import { assertRevision } from '../domain/revision.ts';
import { lockCredential, updateCredentialRow } from '../tables/credentials.ts';
import { openSealedRealKey } from '../vault/real-key.ts';
import { type CredentialParts, credentialChange, keepRealKey } from './create-credential.ts';

/** Renames a credential, turns it off or on, or replaces its key. */
export function createUpdateCredential({
  changes,
  installation,
  wrapper,
}: CredentialParts): EndpointHandler<typeof updateCredential> {
  return async ({ data: { expectedRevision, id, sealedApiKey, ...asked }, envelope }) => {
    const key =
      sealedApiKey === undefined ? undefined : openSealedRealKey(sealedApiKey, installation.sealingKeys);
    return changes.run(envelope, async (transaction) => {
      const before = await lockCredential(transaction, id, reachOf(envelope));
      assertRevision(before.credential, expectedRevision);
      const { enabled = before.credential.enabled, name = before.credential.name } = asked;
      const kept = key === undefined ? undefined : await keepRealKey(wrapper, { id, key });
      const after = await updateCredentialRow(transaction, { id, name, enabled }, kept);
      return {
        reply: after.credential,
        audit: [credentialChange('credential.update', { before, after })],
        projects: [{ kind: 'credential', id }],
      };
    });
  };
}
