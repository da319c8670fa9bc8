import type { Clock } from '../clock.ts';
import type { Logger } from '../logger.ts';
import type { Metrics } from '../metrics.ts';
import type { NatsSettings } from './connection/nats-connection.ts';
import type { ServiceIdentity } from './discovery/discovery-responder.ts';

export interface BusOptions {
  settings: NatsSettings;
  identity: ServiceIdentity;
  /** How many requests this instance works on at once, before it leaves its queue groups. */
  maxInFlight: number;
  /** How long `drain` waits for what was begun before it is ended with a fault. */
  drainTimeoutMs: number;
  /** On how many servers each bucket and stream is kept that this service makes. */
  replicas: number;
  clock: Clock;
  logger: Logger;
  metrics: Metrics;
  /** A connection is closed for good, though nobody asked for it: the service can do nothing any more. */
  onClosed: () => void;
}
