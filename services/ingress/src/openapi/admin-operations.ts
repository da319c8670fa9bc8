import type { AdminEndpoint } from '@weir/contracts/admin/admin-endpoint';
import { idempotencyKeySchema } from '@weir/contracts/admin/fields';
import { z } from 'zod';
import { fieldsOf, type ComponentSchemas, type JsonSchema } from './json-schemas.ts';
import {
  adminKey,
  errorResponses,
  statusOf,
  type Operation,
  type Parameter,
  type Paths,
} from './operation.ts';

/** The admin API's part of the document, all of it read from the contracts. */
export function adminPaths(contracts: readonly AdminEndpoint[], schemas: ComponentSchemas): Paths {
  const paths: Paths = {};
  for (const contract of contracts) {
    const { method, path } = contract.http;
    const ofPath = (paths[path.replace(/:(\w+)/g, '{$1}')] ??= {});
    ofPath[method.toLowerCase()] = operationOf(contract, schemas);
  }
  return paths;
}

function operationOf(contract: AdminEndpoint, schemas: ComponentSchemas): Operation {
  const { name, http, reply } = contract;
  const operationId = name
    .slice(name.indexOf('.') + 1)
    .replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
  const component = operationId.charAt(0).toUpperCase() + operationId.slice(1);
  const { body, description, hasRevision, method, path, scope, summary } = http;
  const parameters = parametersOf(contract);
  const json = (part: string, schema: z.ZodType) => ({
    'application/json': { schema: schemas.add(component + part, schema) },
  });
  return {
    operationId,
    tags: [path.split('/')[3] ?? 'admin'],
    summary,
    ...(description !== undefined && { description }),
    ...(parameters.length > 0 && { parameters }),
    ...(body && { requestBody: { required: true, content: json('Body', body) } }),
    responses: {
      '200': {
        description: 'Done.',
        ...(hasRevision && {
          headers: { ETag: { description: 'The revision.', schema: { type: 'string' } } },
        }),
        content: {
          ...json('Reply', reply),
          ...(http.csv && { 'text/csv': { schema: csvSchema(http.csv.columns) } }),
        },
      },
      ...(hasRevision &&
        method === 'GET' && { '304': { description: 'The caller has this revision already.' } }),
      ...errorResponses(errorStatusesOf(contract)),
    },
    security: adminKey,
    'x-weir-scope': scope,
  };
}

const csvSchema = (columns: readonly string[]): JsonSchema => ({
  type: 'string',
  description: `With format=csv, as the client takes it. One line of titles: ${columns.join(', ')}.`,
});

function errorStatusesOf({ http: { body, params, takesRevision } }: AdminEndpoint): number[] {
  return [
    statusOf('invalid_request'),
    statusOf('invalid_admin_key'),
    statusOf('insufficient_scope'),
    ...(params ? [statusOf('not_found')] : []),
    ...(takesRevision ? [statusOf('revision_conflict')] : []),
    ...(body ? [statusOf('body_too_large'), statusOf('unsupported_media_type')] : []),
    statusOf('service_unavailable'),
  ];
}

function parametersOf({ http }: AdminEndpoint): Parameter[] {
  const { hasRevision, method, params, query, takesIdempotencyKey, takesRevision } = http;
  const header = (name: string, description: string): Parameter => ({
    name,
    in: 'header',
    required: false,
    description,
    schema: { type: 'string' },
  });
  const parameters: Parameter[] = [];
  if (params) parameters.push(...fieldsOf(params).map((field) => ({ ...field, in: 'path' as const })));
  if (query) parameters.push(...fieldsOf(query).map((field) => ({ ...field, in: 'query' as const })));
  if (takesRevision) {
    parameters.push(
      header('If-Match', 'The revision that is to be changed, in quotes; or `*`: it must be there.'),
      header('If-None-Match', '`*`: it must not be there yet.'),
    );
  } else if (hasRevision && method === 'GET') {
    parameters.push(header('If-None-Match', 'The revision that the caller has.'));
  }
  if (takesIdempotencyKey) {
    const [field] = fieldsOf(z.object({ key: idempotencyKeySchema }));
    const text = 'A request that is sent again under the same key is done once.';
    parameters.push({ ...header('Idempotency-Key', text), ...(field && { schema: field.schema }) });
  }
  return parameters;
}
