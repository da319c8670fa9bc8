import type { Server } from 'node:http';
import type { ServiceBus } from './bus/service-bus.ts';
import type { KitConfig } from './kit-config.ts';
import type { Logger } from './logger.ts';
import type { ProcessReadiness } from './process-readiness.ts';
import type { Rotation } from './rotation.ts';
import type { RunningService } from './service.ts';

/** How much longer than its drain time-out a service may take to stop before it is ended by force. */
const stopGraceMs = 5_000;
const readinessPollMs = 50;
/** As long as a process is not ready after its start, the log says each time what it waits for. */
const waitingLogIntervalMs = 10_000;

interface LifecycleParts {
  readonly kit: KitConfig;
  readonly logger: Logger;
  readonly readiness: ProcessReadiness;
}

/** A service process from its first moment to its last. What it holds is set as it comes to be. */
export class ServiceLifecycle {
  ops: Server | undefined;
  rotation: Rotation | undefined;
  readonly #kit: KitConfig;
  readonly #logger: Logger;
  readonly #readiness: ProcessReadiness;
  #bus: ServiceBus | undefined;
  #service: RunningService | undefined;
  #waitingLog: NodeJS.Timeout | undefined;

  constructor({ kit, logger, readiness }: LifecycleParts) {
    this.#kit = kit;
    this.#logger = logger;
    this.#readiness = readiness;
  }

  set bus(bus: ServiceBus) {
    this.#bus = bus;
    this.#readiness.bus = bus;
    bus.processState = 'starting';
  }

  /**
   * From now on SIGTERM, SIGINT and the parent's death end the process in good order. Registered before anything is
   * waited for: a container's first process has no other way to hear of them.
   */
  listenForStopSignals(): void {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void this.#stop(signal));
    const orphaned = 'the parent process has gone';
    process.on('disconnect', () => void this.#stop(orphaned));
    if (process.channel && !process.connected) void this.#stop(orphaned);
  }

  /** Starts the service, and lets others find it. A start that a stop has interrupted may fail: nobody needs it any more. */
  async start(start: () => Promise<RunningService>): Promise<void> {
    this.#waitingLog = setInterval(() => void this.#tellWhatIsMissing(), waitingLogIntervalMs).unref();
    try {
      this.#service = await start();
      this.#readiness.service = this.#service;
    } catch (error) {
      if (!this.#readiness.isStopping) throw error;
    }
    if (!this.#readiness.isStopping) this.#bus?.announce();
  }

  /** Once the service is ready, says so to whoever looks for it, in the log, and to a parent that listens. */
  async untilReady(): Promise<void> {
    while ((await this.#readiness.report()).missing.length > 0) {
      if (this.#readiness.isStopping) return;
      await new Promise((resolve) => setTimeout(resolve, readinessPollMs));
    }
    await this.#bus?.served();
    if (this.#bus) this.#bus.processState = 'ready';
    this.rotation?.start();
    clearInterval(this.#waitingLog);
    this.#logger.info('ready');
    // A parent that has gone in the meantime is no failure: without a callback it would end this process as one.
    if (process.connected) process.send?.('ready', undefined, undefined, () => undefined);
  }

  /** Ends the process at once, since it can do nothing any more. */
  fail(reason: string): void {
    this.#logger.fatal(reason);
    process.exit(1);
  }

  async #tellWhatIsMissing(): Promise<void> {
    const { missing } = await this.#readiness.report();
    this.#logger.warn({ missing }, 'not ready yet');
  }

  async #stop(reason: string): Promise<void> {
    if (this.#readiness.isStopping) return;
    this.#readiness.isStopping = true;
    this.rotation?.stop();
    if (this.#bus) this.#bus.processState = 'stopping';
    this.#logger.info({ reason }, 'stopping');
    setTimeout(() => {
      this.fail('did not stop in time');
    }, this.#kit.drainTimeoutMs + stopGraceMs).unref();
    try {
      await this.#service?.stop?.();
      await this.#bus?.drain();
      await this.#service?.close?.();
      this.ops?.close();
      this.#logger.info('stopped');
      process.exit(0);
    } catch (error) {
      this.#logger.error({ err: error }, 'failed to stop in order');
      process.exit(1);
    }
  }
}
