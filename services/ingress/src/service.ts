import { adminApi } from '@weir/contracts/admin/admin-api';
import type { ServiceDefinition } from '@weir/service-kit/service';
import { createSealingPair } from '@weir/service-kit/crypto/sealed-box';
import { buildApp } from './app.ts';
import { createAuthentication } from './authentication/authentication.ts';
import { configSchema, type IngressConfig } from './config.ts';
import { startPeerProbes } from './adapters/peer-probes.ts';
import { Readiness } from './adapters/readiness.ts';
import { drain } from './drain.ts';
import { ConnectionLimit, connectionsPossible } from './http/connection-limit.ts';
import { RequestLimits } from './http/request-limits.ts';
import { RequestTracker } from './http/request-tracker.ts';
import { listen } from './listen.ts';
import { manifest } from './manifest.ts';
import { createPipelines } from './pipeline.ts';

/** How long the client of a finished answer may take none of it before it is let go. */
const flushTimeoutMs = 30_000;

export const ingress: ServiceDefinition<IngressConfig> = {
  manifest,
  config: configSchema,
  async start(dependencies) {
    const { bus, clock, config, instance, logger, metrics, problems, readiness, shortages } = dependencies;
    const tracker = new RequestTracker({ logger, metrics, flushTimeoutMs });
    const sealingPair = createSealingPair();
    const authentication = createAuthentication({
      adminKey: config.adminKey,
      bus,
      clock,
      instance,
      logger,
      metrics,
      sealingPair,
    });
    const limits = new RequestLimits(config);
    const needs = new Readiness({ bus, clock, authentication, isDraining: () => tracker.isDraining });
    const app = buildApp({
      adminContracts: adminApi,
      authenticate: authentication.authenticate,
      authenticateAdmin: authentication.authenticateAdmin,
      bus,
      clock,
      config,
      connections: new ConnectionLimit({ max: connectionsPossible(), shortages }),
      createPipelines,
      limits,
      logger,
      metrics,
      readiness,
      sealingPair,
      tracker,
    });
    const stopProbes = startPeerProbes({ bus, clock, problems });
    logger.info({ address: await listen(app, config) }, 'listening');
    return {
      missing: () => needs.missing(),
      isFull: () => limits.isFull,
      stop: () => {
        stopProbes();
        return drain({
          server: app.server,
          tracker,
          delayMs: config.drainDelayMs,
          timeoutMs: config.drainTimeoutMs,
        });
      },
    };
  },
};
