import type { ServiceDefinition } from '@weir/service-kit/service';
import { buildApp } from './app.ts';
import { configSchema, type IngressConfig } from './config.ts';
import { Readiness } from './domain/readiness.ts';
import { drain } from './drain.ts';
import { Traffic } from './http/traffic.ts';
import { listen } from './listen.ts';
import { manifest } from './manifest.ts';

/** How long the client of a finished answer may take none of it before it is let go. */
const flushTimeoutMs = 30_000;

export const ingress: ServiceDefinition<IngressConfig> = {
  manifest,
  config: configSchema,
  async start({ bus, clock, config, logger, metrics }) {
    const traffic = new Traffic({ logger, metrics, flushTimeoutMs });
    const readiness = new Readiness({ bus, isDraining: () => traffic.isDraining });
    const app = buildApp({ bus, clock, config, logger, metrics, readiness, traffic });
    logger.info({ address: await listen(app, config) }, 'listening');
    return {
      missing: () => readiness.missing(),
      stop: () =>
        drain({
          server: app.server,
          traffic,
          delayMs: config.drainDelayMs,
          timeoutMs: config.drainTimeoutMs,
        }),
    };
  },
};
