import type { Fault } from '../../fault.ts';
import type { Metrics } from '../../metrics.ts';

/** What `nats micro stats` shows of one endpoint, in ADR-32's terms. */
export interface EndpointStats {
  readonly name: string;
  readonly subject: string;
  requests: number;
  errors: number;
  lastError: string;
  processingTimeNs: number;
}

/** Counts what is served: for Prometheus, and for NATS's service protocol. */
export class RequestStats {
  readonly endpoints = new Map<string, EndpointStats>();
  readonly #handled;

  constructor(metrics: Metrics) {
    this.#handled = metrics.duration({
      name: 'bus_handled_seconds',
      help: 'How long this service took to answer requests of the bus.',
      labels: ['endpoint', 'outcome'],
    });
  }

  register({ name, subject }: { name: string; subject: string }): EndpointStats {
    const stats = { name, subject, requests: 0, errors: 0, lastError: '', processingTimeNs: 0 };
    this.endpoints.set(name, stats);
    return stats;
  }

  record(stats: EndpointStats, elapsedMs: number, fault: Fault | undefined): void {
    stats.requests++;
    stats.processingTimeNs += Math.round(elapsedMs * 1e6);
    if (fault) {
      stats.errors++;
      stats.lastError = fault.code;
    }
    this.#handled.observe({ endpoint: stats.name, outcome: fault?.code ?? 'ok' }, elapsedMs / 1000);
  }
}
