import { randomBytes } from 'node:crypto';
import { connectBus } from './bus/service-bus.ts';
import { systemClock } from './clock.ts';
import { ConfigError, parseConfig } from './config.ts';
import { DeclaredBus } from './declared-bus.ts';
import { EventLoopMonitor } from './event-loop-monitor.ts';
import { kitConfigSchema } from './kit-config.ts';
import { ServiceLifecycle } from './service-lifecycle.ts';
import { createLogger, outliveLogReader, type Logger } from './logger.ts';
import { createMetrics } from './metrics.ts';
import { OwnShortages, probeDescriptors } from './own-shortages.ts';
import { Problems } from './problems.ts';
import { ProcessReadiness } from './process-readiness.ts';
import { Rotation } from './rotation.ts';
import { KnownSecrets } from './secrets/known-secrets.ts';
import { secretsOfSettings } from './secrets/settings-secrets.ts';
import { startOpsServer } from './ops-server.ts';
import type { ServiceDefinition } from './service.ts';
import { version } from './version.ts';

/**
 * A service's whole life: parses its configuration once, connects, starts, tells when it is ready, and on SIGTERM,
 * SIGINT or its parent's death finishes what it has begun and exits. What it cannot start with is one clear log
 * line a problem and exit code 1.
 */
export async function run<Config>(definition: ServiceDefinition<Config>): Promise<void> {
  outliveLogReader();
  const instance = randomBytes(6).toString('hex');
  const { name, settings } = definition.manifest;
  const secrets = new KnownSecrets(secretsOfSettings(settings, process.env));
  const logger = createLogger({ service: name, instance, level: 'info', secrets });
  try {
    await live(definition, { instance, logger, secrets });
  } catch (error) {
    const problems =
      error instanceof ConfigError ? error.problems : [error instanceof Error ? error.message : error];
    for (const problem of problems) logger.fatal(`cannot start: ${String(problem)}`);
    process.exit(1);
  }
}

async function live<Config>(
  definition: ServiceDefinition<Config>,
  { instance, logger, secrets }: { instance: string; logger: Logger; secrets: KnownSecrets },
): Promise<void> {
  const { manifest } = definition;
  const { name, description } = manifest;
  const [kit, config] = parseConfig([kitConfigSchema, definition.config] as const, process.env);
  logger.level = kit.logLevel;
  process.on('uncaughtException', (error) => {
    logger.fatal({ err: error }, 'an error that nobody handled: the process ends');
    process.exit(1);
  });
  const clock = systemClock;
  const metrics = createMetrics(name);
  const problems = new Problems({ logger, metrics });
  const shortages = new OwnShortages({ problems, metrics, clock });
  probeDescriptors(shortages, clock);
  const eventLoop = new EventLoopMonitor({ clock });
  const readiness = new ProcessReadiness({ clock, problems, eventLoop });
  const report = () => readiness.report();
  const life = new ServiceLifecycle({ kit, logger, readiness });
  life.listenForStopSignals();
  if (kit.ops) life.ops = await startOpsServer({ ...kit.ops, metrics, readiness: report });

  const bus = await connectBus({
    settings: kit.nats,
    identity: { name, id: instance, version, description },
    maxInFlight: kit.maxInFlight,
    drainTimeoutMs: kit.drainTimeoutMs,
    replicas: kit.replicas,
    clock,
    logger,
    metrics,
    problems,
    onClosed: () => {
      life.fail('the connection to NATS is closed for good');
    },
  });
  life.bus = bus;
  for (const { service } of manifest.requests) bus.follow(service);
  life.rotation = new Rotation({ service: name, instance, bus, readiness, clock });
  const declaredBus = new DeclaredBus(bus, manifest);
  await life.start(async () => {
    const common = {
      config,
      instance,
      logger,
      metrics,
      problems,
      shortages,
      readiness: report,
      clock,
      secrets,
    };
    const service = await definition.start({ ...common, bus: declaredBus });
    declaredBus.assertComplete();
    return service;
  });
  await life.untilReady();
}
