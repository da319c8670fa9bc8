import { adminApi } from '@weir/contracts/admin/admin-api';
import { listStoredCredentials } from '@weir/contracts/admin/credentials';
import { auditStream, changeMade } from '@weir/contracts/audit-events';
import { getRealKey, providerCredentials } from '@weir/contracts/keys/credentials';
import {
  adminKeys,
  tenants,
  verificationKey,
  verifyAdminKey,
  verifyKey,
  virtualKeys,
} from '@weir/contracts/keys/verification';
import { sealingKeyOf } from '@weir/contracts/sealing-key';
import { serviceManifest } from '@weir/contracts/service-manifest';
import { settingsOf } from '@weir/contracts/settings';
import { configSchemas } from './config.ts';

export const manifest = serviceManifest({
  name: 'keys',
  description: "Virtual keys, providers' credentials, admin keys, and the audit log",
  serves: [
    verificationKey,
    verifyKey,
    verifyAdminKey,
    getRealKey,
    listStoredCredentials,
    sealingKeyOf('keys'),
    ...adminApi.filter(({ service }) => service === 'keys'),
  ],
  emits: [changeMade],
  consumes: [changeMade],
  buckets: [virtualKeys, tenants, adminKeys, providerCredentials],
  streams: [auditStream],
  servers: ['postgres'],
  settings: settingsOf(...configSchemas),
});
