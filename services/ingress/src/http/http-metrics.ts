import type { Fault } from '@weir/service-kit/fault';
import type { Metrics } from '@weir/service-kit/metrics';
import type { RequestOutcome } from './request-outcome.ts';

/** The label of what comes to no route. */
export const noRoute = 'none';

const statusClass = (status: number) => `${Math.floor(status / 100)}xx`;

/** What operators see of HTTP. Every label's vocabulary is closed. */
export function createHttpMetrics(metrics: Metrics, inFlight: () => number) {
  const requests = metrics.counter({
    name: 'http_requests_total',
    help: 'Requests answered, by what became of them',
    labels: ['route', 'status', 'stream'],
  });
  const duration = metrics.duration({
    name: 'http_request_duration_seconds',
    help: "From a request's head to the end of its answer",
    labels: ['route'],
  });
  const timeToFirstByte = metrics.duration({
    name: 'http_time_to_first_byte_seconds',
    help: "From a request's head to the first byte of its answer",
    labels: ['route'],
  });
  const faults = metrics.counter({
    name: 'http_faults_total',
    help: 'Requests that failed, by fault and by who has to act',
    labels: ['code', 'owner'],
  });
  metrics.gauge({ name: 'http_in_flight', help: 'Requests begun and not yet answered' }, inFlight);

  return {
    /** `route` is the route's template, never a path. */
    ended(route: string, outcome: RequestOutcome): void {
      const { beganAtMs, endedAtMs, fault, firstByteAtMs, isStreamed, status } = outcome;
      requests.inc({ route, status: statusClass(status), stream: String(isStreamed) });
      duration.observe({ route }, (endedAtMs - beganAtMs) / 1_000);
      if (firstByteAtMs !== undefined) {
        timeToFirstByte.observe({ route }, (firstByteAtMs - beganAtMs) / 1_000);
      }
      if (fault) faults.inc({ code: fault.code, owner: fault.owner });
    },

    /** Of what never became a request: it has no duration. */
    refused({ code, owner, status }: Pick<Fault, 'code' | 'owner' | 'status'>): void {
      requests.inc({ route: noRoute, status: statusClass(status), stream: 'false' });
      faults.inc({ code, owner });
    },
  };
}
