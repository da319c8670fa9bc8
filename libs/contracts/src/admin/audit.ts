import { z } from 'zod';
import { changeMade } from '../audit-events.ts';
import { adminEndpoint } from './admin-endpoint.ts';
import { idSchema, pageFields, pageOf, timeSchema } from './fields.ts';

const { action, before, after, target } = changeMade.data.shape;

export const auditEntrySchema = z.object({
  /** From 1, without a gap. */
  seq: z.int().positive(),
  at: z.string(),
  actor: z.object({ admin_key_id: z.string(), address: z.string() }),
  action,
  organisation_id: z.string().nullable(),
  target,
  before,
  after,
  request_id: z.string(),
  /** HMAC-SHA-256 over this entry and the hash of the one before, in hex. */
  hash: z.string(),
});

export const listAudit = adminEndpoint('keys.list-audit', {
  request: z.object({
    ...pageFields,
    organisation_id: idSchema.optional(),
    action: z
      .string()
      .regex(/^[\x21-\x7e]{1,64}$/, { error: 'must be the name of an action, as "key.create"' })
      .optional(),
    actor: idSchema.optional(),
    target: idSchema.optional(),
    from: timeSchema.optional(),
    to: timeSchema.optional(),
  }),
  reply: pageOf(auditEntrySchema),
  timeoutMs: 10_000,
  http: {
    method: 'GET',
    path: '/audit',
    scope: 'read',
    reach: 'organisation',
    summary: 'List what admins have changed',
    description: 'Newest first. A key of one organisation sees what was changed in that one.',
  },
});

const anchorSchema = z.object({ seq: z.int().positive(), hash: z.string().regex(/^[0-9a-f]{64}$/) });

export const verifyAudit = adminEndpoint('keys.verify-audit', {
  request: z.object({
    /** What an earlier verification answered as `head`: that entry must still be there, unchanged. */
    anchor: anchorSchema.optional(),
  }),
  reply: z.object({
    intact: z.boolean(),
    entries: z.int().nonnegative(),
    /** The last entry; keep it elsewhere as the next `anchor`. */
    head: anchorSchema.nullable(),
    /** The first entry that is not what was entered, and what is wrong with it. */
    broken: z.object({ seq: z.int().positive(), reason: z.string() }).nullable(),
  }),
  timeoutMs: 60_000,
  http: {
    method: 'POST',
    path: '/audit/verify',
    scope: 'read',
    summary: 'Verify that no entry of the audit log was changed or removed',
  },
});
