import { connectBus, type ServiceBus } from '@weir/service-kit/bus/service-bus';
import { systemClock, type Clock } from '@weir/service-kit/clock';
import { createLogger } from '@weir/service-kit/logger';
import { createMetrics, type Metrics } from '@weir/service-kit/metrics';
import { OwnShortages } from '@weir/service-kit/own-shortages';
import type { ReadinessReport } from '@weir/service-kit/ops-server';
import { Problems } from '@weir/service-kit/problems';

interface TestBusOptions {
  url: string;
  service: string;
  maxInFlight?: number;
  drainTimeoutMs?: number;
  metrics?: Metrics;
  clock?: Clock;
  problems?: Problems;
}

let instances = 0;

/** Problems that are told to nobody. */
export const createTestProblems = () =>
  new Problems({
    logger: createLogger({ service: 'test', instance: 'test', level: 'silent' }),
    metrics: createMetrics('test'),
  });

/** What a process lacks, told to nobody. */
export const createTestShortages = () =>
  new OwnShortages({ problems: createTestProblems(), metrics: createMetrics('test'), clock: systemClock });

/** What a process says of itself that is ready. */
export const testReadiness = (): Promise<ReadinessReport> =>
  Promise.resolve({ ready: true, state: 'ready', missing: [], problems: [], unreadable: {} });

/** A service's bus on a test server, silent in the log. */
export function connectTestBus({
  url,
  service,
  maxInFlight = 10_000,
  drainTimeoutMs = 5_000,
  metrics = createMetrics(service),
  clock = systemClock,
  problems = createTestProblems(),
}: TestBusOptions): Promise<ServiceBus> {
  // Unlike those of other processes on the same server.
  const id = `test${process.pid}-${instances++}`;
  return connectBus({
    settings: { url },
    identity: { name: service, id, version: '0.0.0', description: `${service}, under test` },
    maxInFlight,
    drainTimeoutMs,
    replicas: 1,
    clock,
    logger: createLogger({ service, instance: id, level: 'silent' }),
    metrics,
    problems,
    onClosed: () => undefined,
  });
}
