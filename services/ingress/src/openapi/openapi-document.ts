import type { AdminEndpoint } from '@weir/contracts/admin/admin-endpoint';
import { errorResponseSchema } from '@weir/contracts/error-response';
import { version } from '@weir/service-kit/version';
import { adminPaths } from './admin-operations.ts';
import { ComponentSchemas } from './json-schemas.ts';
import type { Response } from './operation.ts';
import { publicPaths } from './public-paths.ts';

interface DocumentOptions {
  /** What of the admin API is served. */
  readonly adminContracts: readonly AdminEndpoint[];
  readonly exposesMetrics: boolean;
}

/** The OpenAPI 3.1 document of what an ingress serves, as JSON. */
export function openApiDocument({ adminContracts, exposesMetrics }: DocumentOptions): string {
  const schemas = new ComponentSchemas();
  const error: Response = {
    description:
      'What went wrong. `x-should-retry` says whether the same request may succeed when it is sent again.',
    content: { 'application/json': { schema: schemas.add('Error', errorResponseSchema) } },
  };
  const paths = { ...publicPaths(schemas, { exposesMetrics }), ...adminPaths(adminContracts, schemas) };
  return JSON.stringify({
    openapi: '3.1.0',
    info: {
      title: 'Weir',
      description: 'An LLM gateway. `x-weir-scope` is what an admin key must be allowed to do.',
      version,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    paths,
    components: {
      schemas: schemas.toJsonSchemas(),
      responses: { Error: error },
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'A virtual key: `sk-weir-…`.' },
        admin: { type: 'http', scheme: 'bearer', description: 'An admin key: `weir-admin-…`.' },
        'x-api-key': { type: 'apiKey', in: 'header', name: 'x-api-key', description: 'The same key.' },
        'api-key': { type: 'apiKey', in: 'header', name: 'api-key', description: 'The same key.' },
      },
    },
  });
}
