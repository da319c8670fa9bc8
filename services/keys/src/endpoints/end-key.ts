import type { deleteKey, revokeKey } from '@weir/contracts/admin/virtual-keys';
import type { EndpointHandler } from '@weir/service-kit/bus/bus';
import type { Clock } from '@weir/service-kit/clock';
import type { ChangeRunner } from '../changes/change-runner.ts';
import { assertRevision } from '../domain/patch.ts';
import { reachOf } from '@weir/service-kit/admin/reach';
import { deleteVirtualKey, revokeVirtualKey } from '../tables/virtual-key-changes.ts';
import { toVirtualKey } from '../tables/virtual-key-rows.ts';
import { findVirtualKey, lockVirtualKey } from '../tables/virtual-keys.ts';
import { changedKey } from './create-key.ts';

interface EndKeyParts {
  readonly changes: ChangeRunner;
  readonly clock: Clock;
}

/** Whoever revokes a key again, not having heard that it is done, hears that it is, whatever revision was expected. */
export function createRevokeKey({ changes, clock }: EndKeyParts): EndpointHandler<typeof revokeKey> {
  return ({ data: { id, expectedRevision }, envelope }) =>
    changes.run(envelope, async (transaction) => {
      const row = await lockVirtualKey(transaction, id, reachOf(envelope));
      const before = toVirtualKey(row, clock.nowMs());
      if (before.status === 'revoked')
        return { reply: before, audit: [], projects: [{ kind: 'virtual-key', id }] };
      assertRevision(before, expectedRevision);
      await revokeVirtualKey(transaction, id);
      const after = toVirtualKey(await findVirtualKey(transaction, id, null), clock.nowMs());
      return { reply: after, ...changedKey('key.revoke', { before, after }) };
    });
}

export function createDeleteKey({ changes, clock }: EndKeyParts): EndpointHandler<typeof deleteKey> {
  return ({ data: { id, expectedRevision }, envelope }) =>
    changes.run(envelope, async (transaction) => {
      const before = toVirtualKey(await lockVirtualKey(transaction, id, reachOf(envelope)), clock.nowMs());
      assertRevision(before, expectedRevision);
      await deleteVirtualKey(transaction, id);
      return { reply: { id, deleted: true }, ...changedKey('key.delete', { before, after: null }) };
    });
}
