import type { IncomingHttpHeaders } from 'node:http';
import type { AdminEndpoint, AdminRoute } from '@weir/contracts/admin/admin-endpoint';
import { idempotencyKeySchema } from '@weir/contracts/admin/fields';
import { sizeText } from '@weir/contracts/limits';
import { Fault } from '@weir/service-kit/fault';
import type { JsonReader } from '@weir/service-kit/json-reader';
import { parseOrFault } from '@weir/service-kit/schema-fault';
import { expectedRevision } from '../domain/entity-tag.ts';
import { readJsonBody } from '../domain/json-body.ts';
import { parseHeader } from '../domain/request-headers.ts';

/** A request to the admin API as it came, in its parts. */
export interface AdminRequestParts {
  readonly params: unknown;
  readonly query: unknown;
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
  readonly reader: JsonReader;
}

/** A request as its contract has it, from all parts of what came. Rejects with what is wrong with the first that is not valid. */
export async function readAdminRequest(
  { http }: AdminEndpoint,
  { body, headers, params, query, reader }: AdminRequestParts,
): Promise<Record<string, unknown>> {
  return {
    ...(http.params && parseOrFault(http.params, params, { prefix: 'The path is not valid: ' })),
    ...(http.query && parseOrFault(http.query, query, { prefix: 'The query is not valid: ' })),
    ...(http.takesRevision && { expectedRevision: expectedRevision(headers) }),
    ...(http.takesIdempotencyKey && { idempotencyKey: idempotencyKey(headers) }),
    ...(http.body && (await readBody(http, body, reader))),
  };
}

const idempotencyKey = (headers: IncomingHttpHeaders) =>
  parseHeader(idempotencyKeySchema, headers['idempotency-key'], 'idempotency-key');

async function readBody(
  { body: schema, bodyField, maxBodyBytes = Infinity }: AdminRoute,
  body: unknown,
  reader: JsonReader,
): Promise<object> {
  if (!Buffer.isBuffer(body)) throw new Fault('unsupported_media_type');
  if (body.length > maxBodyBytes) {
    throw new Fault('body_too_large', { message: `The body is larger than ${sizeText(maxBodyBytes)}.` });
  }
  const judge = (value: unknown) => schema && parseOrFault(schema, value);
  const value = await readJsonBody(body, { reader, judge });
  return bodyField === undefined ? { ...(value as object) } : { [bodyField]: value };
}
