import { cachePurges } from '@weir/contracts/cache/purges';
import { cacheRules } from '@weir/contracts/cache/rules';
import { openRedis } from '@weir/service-kit/redis/redis';
import type { ServiceDefinition } from '@weir/service-kit/service';
import { configSchema, type CacheConfig } from './config.ts';
import { cacheKeyOf } from './keys/request-keys.ts';
import { manifest } from './manifest.ts';
import { startAdministration } from './start-administration.ts';
import { startTiers } from './start-tiers.ts';

/** What Redis may cost a request at the most. */
const timeLimitMs = 100;

/** Answers again what was answered before. */
export const cache: ServiceDefinition<CacheConfig> = {
  manifest,
  config: configSchema,
  async start({ bus, clock, config, logger, metrics }) {
    const { maxBytes, maxEntryBytes, masterKeys } = config;
    const redis = await openRedis({
      ...{ settings: config.redis, service: manifest.name, mustKeep: false },
      ...{ clock, logger, metrics },
    });
    const [ruleStore, purgeStore] = await Promise.all([bus.store(cacheRules), bus.store(cachePurges)]);
    const hmacKey = cacheKeyOf(masterKeys);
    const tiers = startTiers({
      ...{ bus, redis, purges: purgeStore, hmacKey, maxBytes, maxEntryBytes, timeLimitMs },
      ...{ clock, logger, metrics },
    });
    const administration = startAdministration({
      ...{ bus, redis, ruleStore, purgeStore, tiers },
      ...{ clock, logger, metrics },
    });
    return {
      missing: () => redis.missing(),
      async stop() {
        await Promise.all([tiers.stop(), administration.stop()]);
      },
      async close() {
        await tiers.flush();
        await redis.close();
      },
    };
  },
};
