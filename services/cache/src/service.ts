import { coefficientsFor } from '@weir/semantic-match/coefficients';
import { cachePurges } from '@weir/contracts/cache/purges';
import { cacheRules } from '@weir/contracts/cache/rules';
import { chooseEmbedder } from '@weir/embeddings/choose-embedder';
import { openRedis } from '@weir/service-kit/redis/redis';
import { RedisClock } from '@weir/service-kit/redis/redis-clock';
import type { ServiceDefinition } from '@weir/service-kit/service';
import { configSchema, type CacheConfig } from './config.ts';
import { cacheKeyOf } from './keys/request-keys.ts';
import { manifest } from './manifest.ts';
import { startAdministration } from './start-administration.ts';
import { startTiers } from './start-tiers.ts';
import { openVectorStore } from './vectors/open-vector-store.ts';
import { startVectorUpkeep } from './vectors/start-vector-upkeep.ts';

/** Answers again what was answered before. */
export const cache: ServiceDefinition<CacheConfig> = {
  manifest,
  config: configSchema,
  async start({ bus, clock, config, logger, metrics }) {
    const { maxBytes, maxEntryBytes, masterKeys, stateDir, timeLimitMs, semanticTimeLimitMs } = config;
    const redis = await openRedis({
      ...{ settings: config.redis, service: manifest.name, mustKeep: false },
      ...{ clock, logger, metrics },
    });
    const redisClock = new RedisClock({ clock });
    await redisClock.follow(redis);
    const [ruleStore, purgeStore, { embedder }] = await Promise.all([
      bus.store(cacheRules),
      bus.store(cachePurges),
      chooseEmbedder({ ...config.embedder, stateDir, clock, logger }),
    ]);
    const vectors = await openVectorStore({ settings: config.vectors, embedder, clock, logger, metrics });
    if (!vectors)
      logger.info('there are no semantic answers: neither QDRANT_URL nor VECTOR_DATABASE_URL is set');
    const tiers = startTiers({
      ...{ bus, redis, purges: purgeStore, maxBytes, maxEntryBytes, timeLimitMs, logger, metrics },
      ...{ clock: redisClock, processClock: clock },
      hmacKey: cacheKeyOf(masterKeys),
      semantic: vectors && {
        ...{ embedder, vectors, coefficients: coefficientsFor(embedder.model) },
        ...{ random: Math.random, timeLimitMs: semanticTimeLimitMs },
      },
    });
    const administration = startAdministration({
      ...{ bus, redis, ruleStore, purgeStore, tiers },
      ...{ clock: redisClock, processClock: clock, logger, metrics },
    });
    const stopVectorUpkeep = vectors && startVectorUpkeep({ vectors, clock: redisClock, logger });
    return {
      missing: () => redis.missing(),
      async stop() {
        redisClock.stop();
        await Promise.all([tiers.stop(), administration.stop(), stopVectorUpkeep?.()]);
      },
      async close() {
        await tiers.flush();
        await Promise.all([redis.close(), embedder.close(), vectors?.close()]);
      },
    };
  },
};
