import type { IncomingHttpHeaders } from 'node:http';
import type { AdminEndpoint, AdminRoute } from '@weir/contracts/admin/admin-endpoint';
import { idempotencyKeySchema } from '@weir/contracts/admin/fields';
import { sizeText } from '@weir/contracts/limits';
import { Fault } from '@weir/service-kit/fault';
import { parseOrFault } from '@weir/service-kit/schema-fault';
import { expectedRevision } from '../domain/entity-tag.ts';
import { parseJsonBody } from '../domain/json-body.ts';
import { parseHeader } from '../domain/request-headers.ts';

/** A request to the admin API as it came, in its parts. */
export interface AdminRequestParts {
  readonly params: unknown;
  readonly query: unknown;
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
}

/** A request as its contract has it, from all parts of what came. Throws what is wrong with the first that is not valid. */
export function readAdminRequest(
  { http }: AdminEndpoint,
  { body, headers, params, query }: AdminRequestParts,
): Record<string, unknown> {
  return {
    ...(http.params && parseOrFault(http.params, params, { prefix: 'The path is not valid: ' })),
    ...(http.query && parseOrFault(http.query, query, { prefix: 'The query is not valid: ' })),
    ...(http.takesRevision && { expectedRevision: expectedRevision(headers) }),
    ...(http.takesIdempotencyKey && { idempotencyKey: idempotencyKey(headers) }),
    ...(http.body && readBody(http, body)),
  };
}

const idempotencyKey = (headers: IncomingHttpHeaders) =>
  parseHeader(idempotencyKeySchema, headers['idempotency-key'], 'idempotency-key');

function readBody({ body: schema, bodyField, maxBodyBytes = Infinity }: AdminRoute, body: unknown): object {
  if (!Buffer.isBuffer(body)) throw new Fault('unsupported_media_type');
  if (body.length > maxBodyBytes) {
    throw new Fault('body_too_large', { message: `The body is larger than ${sizeText(maxBodyBytes)}.` });
  }
  const value = schema && parseOrFault(schema, parseJsonBody(body));
  return bodyField === undefined ? { ...(value as object) } : { [bodyField]: value };
}
