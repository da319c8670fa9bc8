import type { ServiceManifest } from '@weir/contracts/service-manifest';
import type { ZodType } from 'zod';
import type { Bus } from './bus/bus.ts';
import type { Clock } from './clock.ts';
import type { Logger } from './logger.ts';
import type { Metrics } from './metrics.ts';
import type { OwnShortages } from './own-shortages.ts';
import type { ReadinessReport } from './ops-server.ts';
import type { Problems } from './problems.ts';
import type { KnownSecrets } from './secrets/known-secrets.ts';

/** What a service is to the kit: what it declares, a configuration, and how to start it. */
export interface ServiceDefinition<Config> {
  /** What it may do on the bus, and does once it has started. */
  readonly manifest: ServiceManifest;
  /** The environment variables that it reads, parsed once at start. */
  readonly config: ZodType<Config>;
  start(dependencies: ServiceDependencies<Config>): Promise<RunningService>;
}

/** What the kit gives every service. */
export interface ServiceDependencies<Config> {
  readonly config: Config;
  /** This process among the service's instances. */
  readonly instance: string;
  readonly bus: Bus;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly clock: Clock;
  /** Where it tells operators what it lacks or suffers from, beside `missing`. */
  readonly problems: Problems;
  /** Told of errors by which the system says that this process lacks something. */
  readonly shortages: OwnShortages;
  /** Whether this process can do its work, the service's own `missing` included. */
  readonly readiness: () => Promise<ReadinessReport>;
  /** Those of the settings. A service adds the keys that it uses. */
  readonly secrets: KnownSecrets;
}

export interface RunningService {
  /** What it lacks before it can serve, in words for an operator; empty when it is ready. */
  missing?(): Promise<string[]>;
  /** Whether it has as much work from outside the bus as it may; what comes by the bus is counted there. */
  isFull?(): boolean;
  /**
   * Stops taking work from outside the bus and resolves when what was begun is done. Called on SIGTERM while the
   * bus still works; the bus itself is drained afterwards.
   */
  stop?(): Promise<void>;
  /** Lets go of what handlers need, as a database. Called when the bus is drained, so that no handler is at work any more. */
  close?(): Promise<void>;
}
