import type { adminKeys, verifyAdminKey } from '@weir/contracts/keys/verification';
import type { EndpointHandler } from '@weir/service-kit/bus/bus';
import type { ProjectionSource } from '@weir/service-kit/projection/projection';

/** What the database says: for admin keys that a copy does not know. The secret does not come here. */
export function createVerifyAdminKey({
  load,
}: Pick<ProjectionSource<typeof adminKeys>, 'load'>): EndpointHandler<typeof verifyAdminKey> {
  return async ({ data: { keyId } }) => ({ key: (await load([keyId])).get(keyId) ?? null });
}
