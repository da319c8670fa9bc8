import type { Clock } from '../clock.ts';
import type { Logger } from '../logger.ts';
import type { Metrics } from '../metrics.ts';
import type { Problems } from '../problems.ts';
import type { NatsSettings } from './connection/nats-connection.ts';
import type { ServiceIdentity } from './discovery/discovery-responder.ts';

export interface BusOptions {
  settings: NatsSettings;
  identity: ServiceIdentity;
  /** How many requests this instance works on at once, before it leaves its queue groups. */
  maxInFlight: number;
  /** How long `drain` waits for work in hand before that is ended with a fault. */
  drainTimeoutMs: number;
  /** The number of servers that keep each bucket and stream that this service creates. */
  replicas: number;
  clock: Clock;
  logger: Logger;
  metrics: Metrics;
  problems: Problems;
  /** The connection was closed for good without `drain`: the service can do nothing any more. */
  onClosed: () => void;
}
