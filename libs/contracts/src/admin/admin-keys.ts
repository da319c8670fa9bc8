import { z } from 'zod';
import { arrayOf } from '../collections.ts';
import { keyIdSchema } from '../keys/verification.ts';
import { adminEndpoint, adminScopes } from './admin-endpoint.ts';
import {
  deletedSchema,
  idempotencyKeySchema as idempotencyKey,
  idSchema,
  nameSchema,
  pageFields,
  pageOf,
  timeSchema,
} from './fields.ts';

/** A key for this API, as admins see it: never its secret. */
export const adminKeySchema = z.object({
  id: keyIdSchema,
  name: nameSchema,
  scopes: arrayOf(z.enum(adminScopes)).min(1),
  /** The one organisation that it reaches; `null` for all of them. */
  organisation_id: idSchema.nullable(),
  /** How the key begins: `weir-admin-abcdefgh`. */
  prefix: z.string(),
  last_four: z.string(),
  expires_at: timeSchema.nullable(),
  created_at: z.string(),
});

const timeoutMs = 5_000;
const { expires_at, name, organisation_id, scopes } = adminKeySchema.shape;

export const listAdminKeys = adminEndpoint('keys.list-admin-keys', {
  request: z.object(pageFields),
  reply: pageOf(adminKeySchema),
  timeoutMs,
  http: {
    method: 'GET',
    path: '/admin-keys',
    scope: 'owner',
    reach: 'organisation',
    summary: 'List the admin keys',
    description: 'The one that WEIR_ADMIN_KEY has is not among them.',
  },
});

export const createAdminKey = adminEndpoint('keys.create-admin-key', {
  request: z.object({
    name,
    scopes,
    /** The admin key's own, else all. */
    organisation_id: organisation_id.optional(),
    /** No later than that of the admin key which makes it. */
    expires_at: expires_at.default(null),
    idempotencyKey,
  }),
  reply: adminKeySchema.extend({ key: z.string() }),
  timeoutMs,
  http: {
    method: 'POST',
    path: '/admin-keys',
    scope: 'owner',
    reach: 'organisation',
    summary: 'Make an admin key',
    description: '`key` is the key itself. It is shown this once.',
    sealedReply: 'key',
    audit: 'admin-key.create',
  },
});

export const deleteAdminKey = adminEndpoint('keys.delete-admin-key', {
  request: z.object({ id: keyIdSchema }),
  reply: deletedSchema,
  timeoutMs,
  http: {
    method: 'DELETE',
    path: '/admin-keys/:id',
    scope: 'owner',
    reach: 'organisation',
    summary: 'Revoke an admin key for good',
    audit: 'admin-key.delete',
  },
});
