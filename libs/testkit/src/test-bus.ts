import { connectBus } from '@weir/service-kit/bus/service-bus';
import type { Bus } from '@weir/service-kit/bus/bus';
import { systemClock } from '@weir/service-kit/clock';
import { createLogger } from '@weir/service-kit/logger';
import { createMetrics } from '@weir/service-kit/metrics';

interface TestBusOptions {
  url: string;
  service: string;
  maxInFlight?: number;
  drainTimeoutMs?: number;
}

let instances = 0;

/** A service's bus on a test server, silent in the log. */
export function connectTestBus({
  url,
  service,
  maxInFlight = 10_000,
  drainTimeoutMs = 5_000,
}: TestBusOptions): Promise<Bus> {
  const id = `test${instances++}`;
  return connectBus({
    settings: { url },
    identity: { name: service, id, version: '0.0.0', description: `${service}, under test` },
    maxInFlight,
    drainTimeoutMs,
    replicas: 1,
    clock: systemClock,
    logger: createLogger({ service, instance: id, level: 'silent' }),
    metrics: createMetrics(service),
    onClosed: () => undefined,
  });
}
