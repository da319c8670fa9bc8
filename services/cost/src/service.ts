import { usageStream } from '@weir/contracts/usage-events';
import { openDatabase } from '@weir/service-kit/database/database';
import { openRedis } from '@weir/service-kit/redis/redis';
import type { ServiceDefinition } from '@weir/service-kit/service';
import { createChangeLog } from './change-log.ts';
import { configSchema, type CostConfig } from './config.ts';
import { manifest } from './manifest.ts';
import { startPrices } from './prices/start-prices.ts';

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
    const changeLog = createChangeLog({ bus, clock });
    const stopPriceSync = await startPrices({ bus, changeLog, clock, config, logger });
    return {
      missing: async () => [...(await database.missing()), ...(await redis.missing())],
      async stop() {
        stopPriceSync();
      },
      async close() {
        await Promise.all([database.close(), redis.close()]);
      },
    };
  },
};
