import { z } from 'zod';
import { cacheModeSchema } from '../cache/rules.ts';
import { arrayOf, recordOf } from '../collections.ts';
import { keyIdSchema } from '../keys/verification.ts';
import { accessFields } from './access-fields.ts';
import { adminEndpoint } from './admin-endpoint.ts';
import {
  deletedSchema,
  expectedRevisionSchema as expectedRevision,
  idempotencyKeySchema as idempotencyKey,
  idSchema,
  nameSchema,
  pageFields,
  pageOf,
  revisionSchema,
  slugSchema,
  timeSchema,
} from './fields.ts';
import { configNameSchema } from './routing-configs.ts';

/** An address or a network: `203.0.113.7`, `10.0.0.0/8`, `2001:db8::/32`. */
const networkSchema = z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()], {
  error: 'must be an IP address or a network as "10.0.0.0/8"',
});

const metadataSchema = recordOf(
  z.string().regex(/^[^\p{Cc}\p{Cs}]{1,256}$/u),
  z.string().regex(/^[^\p{Cc}\p{Cs}]{0,256}$/u),
).refine((metadata) => Object.keys(metadata).length <= 16, { error: 'must have at most 16 keys' });

/** What is decided of a key by those who make it. */
const ownFields = {
  name: nameSchema,
  team_id: idSchema.nullable(),
  user_id: idSchema.nullable(),
  ...accessFields,
  /** The routing config that requests take which name none. */
  config: configNameSchema.nullable(),
  /** The guardrail policy that its requests have to pass. Where nobody can apply it they are refused. */
  guardrail_policy: slugSchema.nullable(),
  /** What the cache may do for requests that do not say themselves: `off`, `exact` or `semantic`, within the cache rules. */
  cache: cacheModeSchema.nullable(),
  /** Where its requests may come from; `null` is anywhere. */
  allowed_addresses: arrayOf(networkSchema).max(256).nullable(),
  /** Read by routing conditions and kept with what was used; goes before what requests say of themselves. */
  metadata: metadataSchema,
  /** By which budgets and reports take keys together. */
  tags: arrayOf(slugSchema).max(32),
  expires_at: timeSchema.nullable(),
};

/** A virtual key, as admins see it: never its secret. */
export const virtualKeySchema = z.object({
  id: keyIdSchema,
  organisation_id: idSchema,
  ...ownFields,
  /** How the key begins: `sk-weir-abcdefgh`. */
  prefix: z.string(),
  status: z.enum(['active', 'expired', 'revoked']),
  /** The newest first; others are accepted until `valid_until`. */
  secrets: arrayOf(
    z.object({ last_four: z.string(), created_at: z.string(), valid_until: z.string().nullable() }),
  ),
  /** Under which budgets and rate limits hold for it: `organisation/default`, `team/...`, `user/...`, `key/...`, `tag/default/...`. */
  budget_scopes: arrayOf(z.string()),
  revision: revisionSchema,
  created_at: z.string(),
  updated_at: z.string(),
  revoked_at: z.string().nullable(),
});

/** The same with the key itself, which is shown this once. */
export const newVirtualKeySchema = virtualKeySchema.extend({ key: z.string() });

const createFields = {
  name: ownFields.name,
  /** The admin key's own, else `default`. */
  organisation_id: idSchema.optional(),
  team_id: ownFields.team_id.default(null),
  user_id: ownFields.user_id.default(null),
  allowed_models: ownFields.allowed_models.default(null),
  allowed_providers: ownFields.allowed_providers.default(null),
  allowed_configs: ownFields.allowed_configs.default([]),
  inline_configs: ownFields.inline_configs.default(false),
  custom_hosts: ownFields.custom_hosts.default([]),
  config: ownFields.config.default(null),
  guardrail_policy: ownFields.guardrail_policy.default(null),
  cache: ownFields.cache.default(null),
  allowed_addresses: ownFields.allowed_addresses.default(null),
  metadata: ownFields.metadata.default({}),
  tags: ownFields.tags.default([]),
  expires_at: ownFields.expires_at.default(null),
};

/** What a key is made of: one line of an import has the same fields. */
export const virtualKeyInputSchema = z.strictObject(createFields);

const timeoutMs = 5_000;

export const listKeys = adminEndpoint('keys.list-keys', {
  request: z.object({
    ...pageFields,
    organisation_id: idSchema.optional(),
    team_id: idSchema.optional(),
    user_id: idSchema.optional(),
    tag: slugSchema.optional(),
    status: virtualKeySchema.shape.status.optional(),
  }),
  reply: pageOf(virtualKeySchema),
  timeoutMs,
  http: {
    method: 'GET',
    path: '/keys',
    scope: 'keys',
    reach: 'organisation',
    summary: 'List the virtual keys',
  },
});

export const createKey = adminEndpoint('keys.create-key', {
  request: z.object({ ...createFields, idempotencyKey }),
  reply: newVirtualKeySchema,
  timeoutMs,
  http: {
    method: 'POST',
    path: '/keys',
    scope: 'keys',
    reach: 'organisation',
    summary: 'Make a virtual key',
    description: '`key` is the key itself. It is shown this once.',
    sealedReply: 'key',
    audit: 'key.create',
  },
});

export const importKeys = adminEndpoint('keys.import-keys', {
  request: z.object({
    format: z.enum(['csv', 'jsonl']),
    /**
     * A header line and a line a key, or a JSON object a line; fields as in `POST /keys`. In CSV an empty cell is a field that is
     * not given; lists have white space between their items, and `null`, `[]` and `{"app": "shop"}` are JSON.
     */
    content: z.string().min(1).max(4_000_000),
    /** Only says what would be done. */
    dry_run: z.boolean().default(false),
    idempotencyKey,
  }),
  reply: z.object({
    dry_run: z.boolean(),
    /** Nothing is made where a line is wrong. */
    errors: arrayOf(z.object({ line: z.int().positive(), message: z.string() })),
    /** In the order of the lines; `key` and `id` are empty in a dry run. */
    data: arrayOf(z.object({ line: z.int().positive(), id: z.string(), name: z.string(), key: z.string() })),
  }),
  timeoutMs: 30_000,
  http: {
    method: 'POST',
    path: '/keys/import',
    scope: 'keys',
    reach: 'organisation',
    summary: 'Make many virtual keys at once, or none',
    description:
      'At most 1,000 lines, in one transaction. CSV has a header line with the fields of `POST /keys`; an empty cell is a field that is not given, lists have spaces between their items, and `null`, `[]` and `{"app": "shop"}` are JSON.',
    sealedReply: 'key',
    audit: 'key.import',
  },
});

export const readKey = adminEndpoint('keys.read-key', {
  request: z.object({ id: keyIdSchema }),
  reply: virtualKeySchema,
  timeoutMs,
  http: {
    method: 'GET',
    path: '/keys/:id',
    scope: 'keys',
    reach: 'organisation',
    summary: 'Read a virtual key',
  },
});

export const updateKey = adminEndpoint('keys.update-key', {
  request: z.object({ id: keyIdSchema, ...z.object(ownFields).partial().shape, expectedRevision }),
  reply: virtualKeySchema,
  timeoutMs,
  http: {
    method: 'PATCH',
    path: '/keys/:id',
    scope: 'keys',
    reach: 'organisation',
    summary: 'Change what a virtual key may do',
    description: 'It holds in every replica in under a second.',
    audit: 'key.update',
  },
});

export const rotateKey = adminEndpoint('keys.rotate-key', {
  request: z.object({
    id: keyIdSchema,
    /** For how long the former secrets are still accepted, at most. */
    grace_seconds: z
      .int()
      .min(0)
      .max(30 * 86_400)
      .default(86_400),
    expectedRevision,
    idempotencyKey,
  }),
  reply: newVirtualKeySchema,
  timeoutMs,
  http: {
    method: 'POST',
    path: '/keys/:id/rotate',
    scope: 'keys',
    reach: 'organisation',
    summary: 'Give a virtual key a new secret',
    description:
      '`key` is the new key. It is shown this once. Its id stays. At most 16 secrets are accepted at once; `grace_seconds` 0 ends all former ones.',
    sealedReply: 'key',
    audit: 'key.rotate',
  },
});

export const revokeKey = adminEndpoint('keys.revoke-key', {
  request: z.object({ id: keyIdSchema, expectedRevision }),
  reply: virtualKeySchema,
  timeoutMs,
  http: {
    method: 'POST',
    path: '/keys/:id/revoke',
    scope: 'keys',
    reach: 'organisation',
    summary: 'Revoke a virtual key for good',
    description: 'No replica accepts it a second later. It stays in the list.',
    audit: 'key.revoke',
  },
});

export const deleteKey = adminEndpoint('keys.delete-key', {
  request: z.object({ id: keyIdSchema, expectedRevision }),
  reply: deletedSchema,
  timeoutMs,
  http: {
    method: 'DELETE',
    path: '/keys/:id',
    scope: 'keys',
    reach: 'organisation',
    summary: 'Revoke a virtual key and take it out of the list',
    audit: 'key.delete',
  },
});
