import type { Metrics } from '@weir/service-kit/metrics';
import type { ReadinessReport } from '@weir/service-kit/ops-server';
import type { Route } from './route.ts';

interface OperationParts {
  /** Of the whole process. */
  readonly readiness: () => Promise<ReadinessReport>;
  /** Where callers are to see them. */
  readonly metrics?: Metrics;
  /** The OpenAPI document, as JSON. */
  readonly document: () => string;
}

/** What operators, balancers and tools ask; none of it needs a key. */
export function operationRoutes({ document, metrics, readiness }: OperationParts): Route[] {
  let openApi: string | undefined;
  const routes: Route[] = [
    {
      // The process lives.
      method: 'GET',
      url: '/health',
      handle({ responseWriter }) {
        responseWriter.send(200, 'text/plain', 'ok\n');
      },
    },
    {
      // Whether a balancer is to send it requests, in which state it is, and what it lacks.
      method: 'GET',
      url: '/ready',
      async handle({ responseWriter }) {
        // What it cannot read of its buckets is not for whoever may ask here: it has the names of configs.
        const { ready, state, missing, problems } = await readiness();
        responseWriter.json(ready ? 200 : 503, JSON.stringify({ ready, state, missing, problems }));
      },
    },
    {
      method: 'GET',
      url: '/openapi.json',
      handle({ responseWriter }) {
        // Nobody may ask for it, and it takes some milliseconds to make: it is made when it is first asked for.
        openApi ??= document();
        responseWriter.json(200, openApi);
      },
    },
  ];
  if (metrics) {
    routes.push({
      // Prometheus's text format.
      method: 'GET',
      url: '/metrics',
      async handle({ responseWriter }) {
        responseWriter.send(200, metrics.contentType, await metrics.expose());
      },
    });
  }
  return routes;
}
