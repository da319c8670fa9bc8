import { spendingLimits } from '@weir/contracts/cost/limits';
import { tenants, virtualKeys } from '@weir/contracts/keys/verification';
import { usageStream } from '@weir/contracts/usage-events';
import { openDatabase } from '@weir/service-kit/database/database';
import { openRedis } from '@weir/service-kit/redis/redis';
import { RedisClock } from '@weir/service-kit/redis/redis-clock';
import type { ServiceDefinition } from '@weir/service-kit/service';
import { HostPolicy } from '@weir/service-kit/outbound/host-policy';
import { Projection } from '@weir/service-kit/projection/projection';
import { Publisher } from '@weir/service-kit/projection/publisher';
import { Epoch } from './admission/epoch.ts';
import { startAdmission } from './admission/start-admission.ts';
import { budgetKind } from './budgets/budget-changes.ts';
import { startAlerts } from './alerts/start-alerts.ts';
import { limitsSource } from './budgets/limits-source.ts';
import { serveBudgets } from './budgets/serve-budgets.ts';
import { startWebhookReEncryption } from './budgets/webhook-re-encryption.ts';
import { createChangeLog } from '@weir/service-kit/admin/change-log';
import { configSchema, type CostConfig } from './config.ts';
import { startLedger } from './ledger/start-ledger.ts';
import { organisationZonesOf } from './organisation-zones.ts';
import { manifest } from './manifest.ts';
import { startPrices } from './prices/start-prices.ts';
import { startReconciliation } from './reconciliation/start-reconciliation.ts';
import { serveReports } from './reports/serve-reports.ts';

/** What requests may cost, and what they have cost. */
export const cost: ServiceDefinition<CostConfig> = {
  manifest,
  config: configSchema,
  async start({ bus, clock, config, logger, metrics }) {
    const { name: service } = manifest;
    const shared = { service, clock, logger, metrics };
    const migrations = new URL('../migrations/', import.meta.url);
    const redisClock = new RedisClock({ clock });
    const epoch = new Epoch({ clock: redisClock, logger });
    const [database, redis] = await Promise.all([
      openDatabase({ ...shared, settings: config.database, migrations }),
      openRedis({ ...shared, settings: config.redis, mustKeep: true, onReady: epoch.onReady }),
    ]);
    await redisClock.follow(redis);
    await bus.ensureStream({
      ...usageStream,
      maxBytes: config.usageStreamMaxBytes,
      maxBytesSetting: 'WEIR_USAGE_STREAM_MAX_BYTES',
    });
    const [limitStore, tenantStore, keyStore] = await Promise.all([
      bus.store(spendingLimits),
      bus.store(tenants),
      bus.store(virtualKeys),
    ]);
    const changeLog = createChangeLog({ bus, clock });
    const projection = new Projection({
      sources: { [budgetKind]: limitsSource(database, limitStore) },
      clock,
    });
    const publisher = new Publisher({ database, projection, clock, logger });
    publisher.start();
    const hostPolicy = new HostPolicy(config.allowedHosts);
    const { masterKeys } = config;
    const alerts = await startAlerts({ bus, clock, database, hostPolicy, logger, masterKeys });
    const stopPriceSync = await startPrices({
      alerts: alerts.alerts,
      bus,
      changeLog,
      clock,
      config,
      hostPolicy,
      logger,
    });
    const ledger = await startLedger({
      ...{ bus, clock, database, logger, metrics },
      timeZones: organisationZonesOf(tenantStore),
      retentionMonths: config.usageRetentionMonths,
    });
    const admission = startAdmission({
      ...{ bus, clock: redisClock, epoch, logger, metrics, redis },
      ...{ limits: limitStore, tenants: tenantStore, alerts: alerts.alerts },
      ...{ spent: ledger.spent, entered: ledger.entered },
    });
    const readUsage = admission.currentUsage;
    serveBudgets(bus, {
      changeLog,
      database,
      hostPolicy,
      masterKeys,
      owners: { tenants: tenantStore, virtualKeys: keyStore },
      publisher,
      readUsage,
    });
    serveReports(bus, {
      clock,
      database,
      limitsOf: (key) => limitStore.get(key)?.value,
      readUsage,
      spent: ledger.spent,
    });
    const reconciliation = startReconciliation({
      ...{ alerts: alerts.alerts, bus, clock, database, limitStore, logger, metrics, readUsage },
      intervalMs: config.reconciliationIntervalMs,
      reseed: admission.reseed,
      spent: ledger.spent,
    });
    const stopReEncryption = startWebhookReEncryption({ clock, database, logger, masterKeys, metrics });
    return {
      missing: async () => [
        ...(await database.missing()),
        ...(await redis.missing()),
        ...projection.missing,
        ...admission.missing,
      ],
      async stop() {
        stopPriceSync();
        stopReEncryption();
        redisClock.stop();
        const parts = [reconciliation, publisher, alerts, admission, ledger];
        await Promise.all(parts.map((part) => part.stop()));
      },
      async close() {
        await Promise.all([database.close(), redis.close()]);
      },
    };
  },
};
