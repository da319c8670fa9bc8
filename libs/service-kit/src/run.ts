import { randomBytes } from 'node:crypto';
import type { Bus } from './bus/bus.ts';
import { connectBus } from './bus/service-bus.ts';
import { systemClock } from './clock.ts';
import { ConfigError, parseConfig } from './config.ts';
import { kitConfigSchema, type KitConfig } from './kit-config.ts';
import { createLogger, outliveLogReader, type Logger } from './logger.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { startOpsServer } from './ops-server.ts';
import type { RunningService, ServiceDefinition } from './service.ts';
import { version } from './version.ts';

/** How much longer than its drain time-out a service may take to stop before it is ended by force. */
const stopGraceMs = 5_000;
const readinessPollMs = 50;

interface Process {
  definition: ServiceDefinition<unknown>;
  kit: KitConfig;
  bus: Bus;
  service: RunningService;
  logger: Logger;
  metrics: Metrics;
}

/**
 * A service's whole life: parses its configuration once, connects, starts, tells when it is ready, and on SIGTERM,
 * SIGINT or its parent's death finishes what it has begun and exits. What it cannot start with is one clear log
 * line a problem and exit code 1.
 */
export async function run<Config>(definition: ServiceDefinition<Config>): Promise<void> {
  outliveLogReader();
  const instance = randomBytes(6).toString('hex');
  const early = createLogger({ service: definition.name, instance, level: 'info' });
  try {
    const [kit, config] = parseConfig([kitConfigSchema, definition.config] as const, process.env);
    const logger = early.child({}, { level: kit.logLevel });
    process.on('uncaughtException', (error) => {
      logger.fatal({ err: error }, 'an error that nobody handled: the process ends');
      process.exit(1);
    });
    const metrics = createMetrics(definition.name);
    const clock = systemClock;
    const waiting = setTimeout(() => {
      logger.warn('still waiting for NATS: check NATS_URL and that the server runs');
    }, 3_000);
    const bus = await connectBus({
      settings: kit.nats,
      identity: { name: definition.name, id: instance, version, description: definition.description },
      maxInFlight: kit.maxInFlight,
      drainTimeoutMs: kit.drainTimeoutMs,
      clock,
      logger,
      metrics,
    });
    clearTimeout(waiting);
    const service = await definition.start({ config, bus, logger, metrics, clock });
    await attend({ definition, kit, bus, service, logger, metrics });
  } catch (error) {
    const problems =
      error instanceof ConfigError ? error.problems : [error instanceof Error ? error.message : error];
    for (const problem of problems) early.fatal(`cannot start: ${String(problem)}`);
    early.debug({ err: error }, 'the cause');
    process.exit(1);
  }
}

async function attend({ kit, bus, service, logger, metrics }: Process): Promise<void> {
  const stopping = new AbortController();
  const missing = async () => {
    const busLacks = bus.connected ? [] : ['a connection to NATS'];
    return [
      ...(stopping.signal.aborted ? ['it is stopping'] : []),
      ...busLacks,
      ...((await service.missing?.()) ?? []),
    ];
  };
  const ops = kit.ops && (await startOpsServer({ ...kit.ops, metrics, missing }));

  const stop = async (reason: string) => {
    if (stopping.signal.aborted) return;
    stopping.abort();
    logger.info({ reason }, 'stopping');
    setTimeout(() => {
      logger.error('did not stop in time');
      process.exit(1);
    }, kit.drainTimeoutMs + stopGraceMs).unref();
    try {
      await service.stop?.();
      await bus.drain();
      ops?.close();
      logger.info('stopped');
      process.exit(0);
    } catch (error) {
      logger.error({ err: error }, 'failed to stop in order');
      process.exit(1);
    }
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void stop(signal));
  // A launcher keeps a channel open to its services, so that they end with it however it ends.
  process.on('disconnect', () => void stop('the parent process has gone'));

  while ((await missing()).length > 0) {
    if (stopping.signal.aborted) return;
    await new Promise((resolve) => setTimeout(resolve, readinessPollMs));
  }
  logger.info('ready');
  // Whoever holds the channel need not read the log, which may be silent.
  process.send?.('ready');
}
