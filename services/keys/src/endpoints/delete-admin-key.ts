import type { deleteAdminKey } from '@weir/contracts/admin/admin-keys';
import type { EndpointHandler } from '@weir/service-kit/bus/bus';
import type { ChangeRunner } from '../changes/change-runner.ts';
import { reachOf } from '@weir/service-kit/admin/reach';
import { deleteAdminKeyRow } from '../tables/admin-keys.ts';
import { adminKeyChange } from './create-admin-key.ts';

/** It is out of the bucket before this answers. Its id stays, so that the audit log goes on to name one key. */
export function createDeleteAdminKey(changes: ChangeRunner): EndpointHandler<typeof deleteAdminKey> {
  return ({ data: { id }, envelope }) =>
    changes.run(envelope, async (transaction) => {
      const before = await deleteAdminKeyRow(transaction, id, reachOf(envelope));
      return {
        reply: { id, deleted: true as const },
        audit: [adminKeyChange('admin-key.delete', { before, after: null })],
        projects: [{ kind: 'admin-key', id }],
      };
    });
}
