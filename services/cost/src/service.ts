import { tenants } from '@weir/contracts/keys/verification';
import { usageStream } from '@weir/contracts/usage-events';
import { openDatabase } from '@weir/service-kit/database/database';
import { openRedis } from '@weir/service-kit/redis/redis';
import type { ServiceDefinition } from '@weir/service-kit/service';
import { configSchema, type CostConfig } from './config.ts';
import { startLedger } from './ledger/start-ledger.ts';
import { timeZonesOf } from './ledger/time-zones.ts';
import { manifest } from './manifest.ts';

/** What requests may cost, and what they have cost. */
export const cost: ServiceDefinition<CostConfig> = {
  manifest,
  config: configSchema,
  async start({ bus, clock, config, logger, metrics }) {
    const { name: service } = manifest;
    const shared = { service, clock, logger, metrics };
    const migrations = new URL('../migrations/', import.meta.url);
    const [database, redis] = await Promise.all([
      openDatabase({ ...shared, settings: config.database, migrations }),
      openRedis({ ...shared, settings: config.redis, mustKeep: true }),
    ]);
    await bus.ensureStream({ ...usageStream, maxBytes: config.usageStreamMaxBytes });
    const tenantStore = await bus.store(tenants);
    const ledger = await startLedger({
      ...{ bus, clock, database, logger, metrics },
      timeZones: timeZonesOf(tenantStore),
      retentionMonths: config.usageRetentionMonths,
    });
    return {
      missing: async () => [...(await database.missing()), ...(await redis.missing())],
      stop: () => ledger.stop(),
      async close() {
        await Promise.all([database.close(), redis.close()]);
      },
    };
  },
};
