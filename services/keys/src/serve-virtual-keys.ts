import {
  createKey,
  deleteKey,
  importKeys,
  listKeys,
  readKey,
  revokeKey,
  rotateKey,
  updateKey,
} from '@weir/contracts/admin/virtual-keys';
import type { Bus } from '@weir/service-kit/bus/bus';
import type { Clock } from '@weir/service-kit/clock';
import type { Queryable } from '@weir/service-kit/database/query';
import type { ChangeRunner } from './changes/change-runner.ts';
import { createRotateKey, createUpdateKey } from './endpoints/change-key.ts';
import { createCreateKey } from './endpoints/create-key.ts';
import { createDeleteKey, createRevokeKey } from './endpoints/end-key.ts';
import { createImportKeys } from './endpoints/import-keys.ts';
import { createListKeys, createReadKey } from './endpoints/read-keys.ts';
import type { Installation } from './vault/installation.ts';

interface VirtualKeyParts {
  readonly changes: ChangeRunner;
  readonly clock: Clock;
  readonly database: Queryable;
  readonly installation: Installation;
}

/** All that administers virtual keys. */
export function serveVirtualKeys(bus: Pick<Bus, 'serve'>, parts: VirtualKeyParts): void {
  bus.serve(listKeys, createListKeys(parts));
  bus.serve(createKey, createCreateKey(parts));
  bus.serve(importKeys, createImportKeys(parts));
  bus.serve(readKey, createReadKey(parts));
  bus.serve(updateKey, createUpdateKey(parts));
  bus.serve(rotateKey, createRotateKey(parts));
  bus.serve(revokeKey, createRevokeKey(parts));
  bus.serve(deleteKey, createDeleteKey(parts));
}
