import type { Metrics } from '@weir/service-kit/metrics';
import type { Readiness } from '../adapters/readiness.ts';
import type { Route } from './route.ts';

interface OperationParts {
  readonly readiness: Readiness;
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
      // The gateway can serve, or what it lacks.
      method: 'GET',
      url: '/ready',
      async handle({ responseWriter }) {
        const missing = await readiness.missing();
        const isReady = missing.length === 0;
        responseWriter.json(isReady ? 200 : 503, JSON.stringify({ ready: isReady, missing }));
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
