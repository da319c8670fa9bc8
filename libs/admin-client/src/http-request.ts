import type { AdminRoute } from '@weir/contracts/admin/admin-endpoint';

/** A request as a contract's `input` has it: all of its parts together. */
export type AdminInput = Readonly<Record<string, unknown>>;

interface HttpRequest {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: string | undefined;
}

/** Puts each field where the contract says that it comes from: what the ingress does, the other way round. */
export function toHttpRequest(route: AdminRoute, input: AdminInput): HttpRequest {
  const body = bodyOf(route, input);
  return {
    method: route.method,
    path: pathOf(route, input),
    headers: {
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(route.takesRevision && revisionHeader(input['expectedRevision'])),
      ...(route.takesIdempotencyKey && idempotencyHeader(input['idempotencyKey'])),
    },
    body,
  };
}

function pathOf({ path, query }: AdminRoute, input: AdminInput): string {
  const filled = path.replace(/:(\w+)/g, (_, field: string) => segmentOf(field, input[field]));
  const search = new URLSearchParams();
  for (const field of Object.keys(query?.shape ?? {})) {
    const value = input[field];
    if (value !== undefined) search.set(field, typeof value === 'string' ? value : JSON.stringify(value));
  }
  return search.size === 0 ? filled : `${filled}?${search.toString()}`;
}

/** One segment of a path, and no way out of it: an empty one or dots alone would be another path. */
function segmentOf(field: string, value: unknown): string {
  const text = String(value);
  if (/^\.{0,2}$/.test(text)) throw new TypeError(`${field} must not be ${JSON.stringify(text)}.`);
  return encodeURIComponent(text);
}

function bodyOf({ body, bodyField, params, query }: AdminRoute, input: AdminInput): string | undefined {
  if (!body) return undefined;
  if (bodyField !== undefined) return JSON.stringify(input[bodyField]);
  const elsewhere = { ...params?.shape, ...query?.shape, expectedRevision: true, idempotencyKey: true };
  return JSON.stringify(
    Object.fromEntries(Object.entries(input).filter(([field]) => !Object.hasOwn(elsewhere, field))),
  );
}

/** `any` and `none` as HTTP has them. */
function revisionHeader(expected: unknown): Record<string, string> {
  if (typeof expected === 'number') return { 'if-match': `"${expected}"` };
  if (expected === 'any') return { 'if-match': '*' };
  return expected === 'none' ? { 'if-none-match': '*' } : {};
}

const idempotencyHeader = (key: unknown): Record<string, string> =>
  typeof key === 'string' ? { 'idempotency-key': key } : {};
