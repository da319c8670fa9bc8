import { z, type ZodType } from 'zod';
import { endpoint, type Endpoint } from '../descriptors.ts';

/** What an admin key may be allowed to do: `read` every `GET`, `owner` everything. */
export const adminScopes = [
  'read',
  'keys',
  'credentials',
  'configs',
  'budgets',
  'policies',
  'cache',
  'owner',
] as const;

export type AdminScope = (typeof adminScopes)[number];

/** Which admin keys may call a route, whatever their scopes. */
export type AdminReach = 'organisation' | 'installation';

/** Where the admin API begins; contracts give the rest of their paths. */
export const adminPrefix = '/admin/v1';

type AdminMethod = 'GET' | 'PUT' | 'POST' | 'PATCH' | 'DELETE';

/**
 * A field that holds a secret. On HTTP it is `field`, of this schema; on the bus it is `as`, a text that only the service
 * can read: the value's JSON, sealed. Where `isTextName`, a text is the name of something stored, and crosses as it is.
 */
export interface SealedField<
  Field extends string = string,
  As extends string = string,
  Open extends ZodType = ZodType,
> {
  readonly field: Field;
  readonly as: As;
  readonly schema: Open;
  readonly isTextName?: boolean;
}

/** A list as a table of `text/csv`, for whoever asks for it by the field `format`. */
export interface CsvForm {
  /** The fields of an item, in the order of the columns. */
  readonly columns: readonly string[];
  /** How many items the service is asked for at once: the `limit` of its pages. */
  readonly pageItems: number;
}

/** The HTTP side of a contract, as its author writes it. */
interface AdminHttp<Field extends string, Sealed extends SealedField> {
  readonly method: AdminMethod;
  /** Below `adminPrefix`. `:name` is the request's field of that name. */
  readonly path: `/${string}`;
  readonly scope: AdminScope;
  /** One line, and what else a reader of the API's document should know. */
  readonly summary: string;
  readonly description?: string;
  /** The field that is the whole body. Without it the body is an object of all fields that come from nowhere else. */
  readonly body?: Field | Sealed['field'];
  readonly maxBodyBytes?: number;
  /** Fields that come from the query although the method has a body. */
  readonly query?: readonly Field[];
  readonly sealed?: Sealed;
  /**
   * A field of the reply that holds a secret, or of each item of its `data`. On the bus it is sealed to `actor.sealingKey` of
   * the envelope; the ingress opens it.
   */
  readonly sealedReply?: string;
  /**
   * `organisation` where a key that reaches one organisation alone may call it: the handler has to look at
   * `envelope.actor.organisation`. `installation`, the default, is for keys that reach everything.
   */
  readonly reach?: AdminReach;
  /**
   * Of a paged list whose field `format` is `json` or `csv`. With `csv` the ingress asks for page after page as the client takes
   * them, and writes all that follow, whatever `limit` is.
   */
  readonly csv?: CsvForm;
  /** What a success is called in the log of changes: `config.write`. */
  readonly audit?: string;
}

/** The HTTP side of a contract, with a schema for each part of a request that has fields. */
export interface AdminRoute {
  readonly method: AdminMethod;
  /** The whole path: `/admin/v1/configs/:name`. */
  readonly path: string;
  readonly scope: AdminScope;
  readonly summary: string;
  readonly description?: string;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly body?: ZodType;
  /** The field that the whole body is. */
  readonly bodyField?: string;
  readonly maxBodyBytes?: number;
  /** `If-Match` and `If-None-Match` become the field `expectedRevision`. */
  readonly takesRevision: boolean;
  /** `Idempotency-Key` becomes the field `idempotencyKey`. */
  readonly takesIdempotencyKey: boolean;
  /** The reply's `revision` is the `ETag`, by which a `GET` may be answered with 304. */
  readonly hasRevision: boolean;
  /** Takes `limit` and `after`, and replies `{ data, has_more, next }`. */
  readonly isPaged: boolean;
  readonly csv?: CsvForm;
  readonly sealed?: SealedField;
  readonly sealedReply?: string;
  readonly reach: AdminReach;
  readonly audit?: string;
}

/** An endpoint that admins reach over HTTP too. The ingress serves every one in `admin-api.ts`. */
export interface AdminEndpoint<
  Request extends z.ZodObject = z.ZodObject,
  Reply extends ZodType = ZodType,
  Input extends z.ZodObject = z.ZodObject,
> extends Endpoint<Request, Reply> {
  /** The request as admins put it: all of its parts together, with nothing sealed yet. */
  readonly input: Input;
  readonly http: AdminRoute;
}

export type InputOf<E extends AdminEndpoint> = z.input<E['input']>;

type OpenShape<Shape extends z.ZodRawShape, Sealed extends SealedField> = [Sealed] extends [never]
  ? Shape
  : Omit<Shape, Sealed['as']> & Record<Sealed['field'], Sealed['schema']>;

/**
 * Declares an endpoint of the admin API, named `<service>.<verb>`. Where its fields come from follows, as with gRPC's HTTP
 * rules, from path and method: `:name` in the path is the field `name`; the others are the query of a `GET` or `DELETE`, and
 * the body of everything else. Three names mean the same everywhere: `expectedRevision` and `idempotencyKey` come from
 * headers, and a reply's `revision` is its `ETag`. The ingress parses a request, and so does the service: a field's schema
 * has to take its own output.
 */
export function adminEndpoint<
  Shape extends z.ZodRawShape,
  Reply extends ZodType,
  const Sealed extends SealedField = never,
>(
  name: `${string}.${string}`,
  shape: {
    readonly request: z.ZodObject<Shape>;
    readonly reply: Reply;
    readonly timeoutMs: number;
    readonly http: AdminHttp<Extract<keyof Shape, string>, Sealed>;
  },
): AdminEndpoint<z.ZodObject<Shape>, Reply, z.ZodObject<OpenShape<Shape, Sealed>>> {
  const { http, request, reply, timeoutMs } = shape;
  const input = openInput(request, http.sealed);
  return {
    ...endpoint(name, {
      request,
      reply,
      timeoutMs,
      isIdempotent: http.method === 'GET',
      share: 'operations',
    }),
    input: input as unknown as z.ZodObject<OpenShape<Shape, Sealed>>,
    http: { ...routeOf(input, http), hasRevision: reply instanceof z.ZodObject && 'revision' in reply.shape },
  };
}

function openInput(request: z.ZodObject, sealed: SealedField | undefined): z.ZodObject {
  if (!sealed) return request;
  // In the contract's order, in which the command line takes what are arguments.
  const shape: Record<string, ZodType> = {};
  for (const field of Object.keys(request.shape)) {
    if (field === sealed.as) shape[sealed.field] = sealed.schema;
    else shape[field] = fieldOf(request, field);
  }
  return z.object(shape);
}

function routeOf(input: z.ZodObject, http: AdminHttp<string, SealedField>): Omit<AdminRoute, 'hasRevision'> {
  const { body: bodyField, path, query: queryFields = [], reach = 'installation', ...rest } = http;
  const inPath = [...path.matchAll(/:(\w+)/g)].map(([, field = '']) => field);
  const others = Object.keys(input.shape).filter(
    (field) => !inPath.includes(field) && !headerFields.has(field),
  );
  const hasBody = http.method !== 'GET' && http.method !== 'DELETE';
  const isQuery = (field: string) =>
    queryFields.includes(field) || !hasBody || (bodyField ?? field) !== field;
  const [params, query, body] = [
    pick(input, inPath),
    pick(input, others.filter(isQuery)),
    bodyField === undefined
      ? pick(
          input,
          others.filter((field) => !isQuery(field)),
        )
      : fieldOf(input, bodyField),
  ];
  return {
    ...rest,
    reach,
    path: adminPrefix + path,
    ...(params && { params }),
    ...(query && { query }),
    ...(body && { body }),
    ...(bodyField !== undefined && { bodyField }),
    takesRevision: 'expectedRevision' in input.shape,
    takesIdempotencyKey: 'idempotencyKey' in input.shape,
    isPaged: 'after' in input.shape && 'limit' in input.shape,
  };
}

const headerFields = new Set(['expectedRevision', 'idempotencyKey']);

function pick(input: z.ZodObject, fields: readonly string[]): z.ZodObject | undefined {
  if (fields.length === 0) return undefined;
  return z.strictObject(Object.fromEntries(fields.map((field) => [field, fieldOf(input, field)])));
}

function fieldOf(input: z.ZodObject, field: string): ZodType {
  const schema: unknown = input.shape[field];
  // A contract that names a field that it does not have is wrong wherever it is loaded.
  if (!schema) throw new Error(`The request has no field ${field}.`);
  return schema as ZodType;
}
