import { auditStream } from '@weir/contracts/audit-events';
import {
  adminKeys,
  tenants,
  verificationKey,
  verifyKey,
  virtualKeys,
} from '@weir/contracts/keys/verification';
import { providerCredentials } from '@weir/contracts/keys/credentials';
import { openDatabase } from '@weir/service-kit/database/database';
import type { ServiceDefinition } from '@weir/service-kit/service';
import { AuditLog } from './audit/audit-log.ts';
import { ChangeRunner, type ProjectionKind } from './changes/change-runner.ts';
import { Idempotency } from './changes/idempotency.ts';
import { configSchema, type KeysConfig } from './config.ts';
import { createVerificationKey } from './endpoints/verification-key.ts';
import { createVerifyKey } from './endpoints/verify-key.ts';
import { makeFirstKey } from './first-key.ts';
import { startHousekeeping } from './housekeeping.ts';
import { manifest } from './manifest.ts';
import { Projection, type ProjectionSource } from '@weir/service-kit/projection/projection';
import { Publisher } from '@weir/service-kit/projection/publisher';
import { serveAdminKeys } from './serve-admin-keys.ts';
import { serveAudit } from './serve-audit.ts';
import { serveCredentials } from './serve-credentials.ts';
import { serveTenants } from './serve-tenants.ts';
import { serveVirtualKeys } from './serve-virtual-keys.ts';
import { adminKeySource } from './tables/admin-key-records.ts';
import { credentialSource } from './tables/credential-records.ts';
import { tenantSource } from './tables/tenant-records.ts';
import { virtualKeySource } from './tables/virtual-key-records.ts';
import { openInstallation } from './vault/installation.ts';
import { wrapWithMasterKeys } from './vault/key-wrapper.ts';
import { ReEncryption } from './vault/re-encryption.ts';

export const keys: ServiceDefinition<KeysConfig> = {
  manifest,
  config: configSchema,
  async start({ bus, clock, config, logger, metrics }) {
    const migrations = new URL('../migrations/', import.meta.url);
    const { name: service } = manifest;
    const database = await openDatabase({
      settings: config.database,
      service,
      migrations,
      clock,
      logger,
      metrics,
    });
    const wrapper = wrapWithMasterKeys(config.masterKeys);
    const installation = await openInstallation(database, wrapper);
    await makeFirstKey({ database, firstKey: config.firstKey, installation, logger });

    await bus.ensureStream({
      ...auditStream,
      maxBytes: config.auditStreamMaxBytes,
      maxBytesSetting: 'WEIR_AUDIT_STREAM_MAX_BYTES',
    });
    const [virtualKeyStore, tenantStore, adminKeyStore, credentialStore] = await Promise.all([
      bus.store(virtualKeys),
      bus.store(tenants),
      bus.store(adminKeys),
      bus.store(providerCredentials),
    ]);
    const sources = {
      // What restricts keys comes before the keys.
      tenant: tenantSource(database, tenantStore),
      'virtual-key': virtualKeySource(database, virtualKeyStore),
      'admin-key': adminKeySource(database, adminKeyStore),
      credential: credentialSource(database, credentialStore),
    } satisfies Record<ProjectionKind, ProjectionSource>;
    const projection = new Projection({ sources, clock });
    const publisher = new Publisher({ database, projection, clock, logger });
    publisher.start();

    const auditLog = new AuditLog(installation.auditKey);
    const idempotency = new Idempotency(wrapper);
    const changes = new ChangeRunner({ database, auditLog, publisher, idempotency, bus, clock });
    bus.serve(verificationKey, createVerificationKey(installation));
    bus.serve(verifyKey, createVerifyKey({ database, virtualKeySource: sources['virtual-key'] }));
    serveTenants(bus, { changes, database });
    serveVirtualKeys(bus, { changes, clock, database, installation });
    serveCredentials(bus, {
      changes,
      credentials: credentialStore,
      database,
      installation,
      metrics,
      wrapper,
    });
    serveAdminKeys(bus, { adminKeySource: sources['admin-key'], changes, clock, database, installation });
    serveAudit(bus, { auditLog, database, installation, logger });
    const reEncryption = new ReEncryption({ clock, database, logger, metrics, publisher, wrapper });
    reEncryption.start();
    const stopHousekeeping = startHousekeeping({ database, clock, logger });
    return {
      missing: async () => [...(await database.missing()), ...projection.missing],
      async stop() {
        stopHousekeeping();
        await reEncryption.stop();
        await publisher.stop();
      },
      close: () => database.close(),
    };
  },
};
