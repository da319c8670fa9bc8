import {
  createCredential,
  deleteCredential,
  listStoredCredentials,
  updateCredential,
} from '@weir/contracts/admin/credentials';
import { getRealKey, type providerCredentials } from '@weir/contracts/keys/credentials';
import { sealingKeyOf } from '@weir/contracts/sealing-key';
import type { Bus } from '@weir/service-kit/bus/bus';
import type { Store } from '@weir/service-kit/bus/store';
import type { Queryable } from '@weir/service-kit/database/query';
import type { Metrics } from '@weir/service-kit/metrics';
import type { ChangeRunner } from './changes/change-runner.ts';
import { createCreateCredential } from './endpoints/create-credential.ts';
import { createDeleteCredential } from './endpoints/delete-credential.ts';
import { createGetRealKey } from './endpoints/get-real-key.ts';
import { createListCredentials } from './endpoints/list-credentials.ts';
import { createUpdateCredential } from './endpoints/update-credential.ts';
import type { Installation } from './vault/installation.ts';
import type { KeyWrapper } from './vault/key-wrapper.ts';

interface CredentialParts {
  readonly database: Queryable;
  readonly changes: ChangeRunner;
  readonly installation: Installation;
  readonly wrapper: KeyWrapper;
  readonly credentials: Pick<Store<typeof providerCredentials>, 'get'>;
  readonly metrics: Metrics;
}

/** All that administers providers' credentials, and hands their keys to routers. */
export function serveCredentials(bus: Pick<Bus, 'serve'>, parts: CredentialParts): void {
  const { changes, database, installation } = parts;
  const { publicKey } = installation.sealingKeys;
  bus.serve(sealingKeyOf('keys'), () => ({ publicKey }));
  bus.serve(listStoredCredentials, createListCredentials(database));
  bus.serve(createCredential, createCreateCredential(parts));
  bus.serve(updateCredential, createUpdateCredential(parts));
  bus.serve(deleteCredential, createDeleteCredential({ changes }));
  bus.serve(getRealKey, createGetRealKey(parts));
}
