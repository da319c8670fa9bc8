import type { Metrics } from '@weir/service-kit/metrics';
import type { Readiness } from '../domain/readiness.ts';
import type { Endpoint } from './endpoint.ts';

/** The process lives. */
export const health = (): Endpoint => ({
  method: 'GET',
  url: '/health',
  handle({ answer }) {
    answer.send(200, 'text/plain', 'ok\n');
  },
});

/** The gateway can serve, or what it lacks. */
export const ready = (readiness: Readiness): Endpoint => ({
  method: 'GET',
  url: '/ready',
  async handle({ answer }) {
    const missing = await readiness.missing();
    const isReady = missing.length === 0;
    answer.json(isReady ? 200 : 503, JSON.stringify({ ready: isReady, missing }));
  },
});

/** Prometheus's text format. */
export const exposeMetrics = (metrics: Metrics): Endpoint => ({
  method: 'GET',
  url: '/metrics',
  async handle({ answer }) {
    answer.send(200, metrics.contentType, await metrics.expose());
  },
});
