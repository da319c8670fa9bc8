import { createAdminKey, deleteAdminKey, listAdminKeys } from '@weir/contracts/admin/admin-keys';
import { type adminKeys, verifyAdminKey } from '@weir/contracts/keys/verification';
import type { Bus } from '@weir/service-kit/bus/bus';
import type { Clock } from '@weir/service-kit/clock';
import type { Queryable } from '@weir/service-kit/database/query';
import type { ChangeRunner } from './changes/change-runner.ts';
import { createCreateAdminKey } from './endpoints/create-admin-key.ts';
import { createDeleteAdminKey } from './endpoints/delete-admin-key.ts';
import { createListAdminKeys } from './endpoints/list-admin-keys.ts';
import { createVerifyAdminKey } from './endpoints/verify-admin-key.ts';
import type { ProjectionSource } from '@weir/service-kit/projection/projection';
import type { Installation } from './vault/installation.ts';

interface AdminKeyParts {
  readonly database: Queryable;
  readonly changes: ChangeRunner;
  readonly clock: Clock;
  readonly installation: Installation;
  readonly adminKeySource: ProjectionSource<typeof adminKeys>;
}

/** All that administers and verifies admin keys. */
export function serveAdminKeys(bus: Pick<Bus, 'serve'>, parts: AdminKeyParts): void {
  const { adminKeySource, changes, database } = parts;
  bus.serve(listAdminKeys, createListAdminKeys(database));
  bus.serve(createAdminKey, createCreateAdminKey(parts));
  bus.serve(deleteAdminKey, createDeleteAdminKey(changes));
  bus.serve(verifyAdminKey, createVerifyAdminKey(adminKeySource));
}
