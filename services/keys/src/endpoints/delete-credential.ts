import type { deleteCredential } from '@weir/contracts/admin/credentials';
import type { EndpointHandler } from '@weir/service-kit/bus/bus';
import { reachOf } from '@weir/service-kit/admin/reach';
import { assertRevision } from '../domain/patch.ts';
import { deleteCredentialRow, lockCredential } from '../tables/credentials.ts';
import { type CredentialParts, credentialChange } from './create-credential.ts';

/** Its row goes with the encrypted key: nothing is left of it. */
export function createDeleteCredential({
  changes,
}: Pick<CredentialParts, 'changes'>): EndpointHandler<typeof deleteCredential> {
  return ({ data: { expectedRevision, id }, envelope }) =>
    changes.run(envelope, async (transaction) => {
      const before = await lockCredential(transaction, id, reachOf(envelope));
      assertRevision(before.credential, expectedRevision);
      await deleteCredentialRow(transaction, id);
      return {
        reply: { id, deleted: true as const },
        audit: [credentialChange('credential.delete', { before, after: null })],
        projects: [{ kind: 'credential', id }],
      };
    });
}
