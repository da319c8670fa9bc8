import { z } from 'zod';
import { cacheEntryIdSchema } from '../cache/lookup.ts';
import { cacheNamespaceSchema, cacheRuleListSchema } from '../cache/rules.ts';
import { recordOf } from '../collections.ts';
import { keyIdSchema } from '../keys/verification.ts';
import { usdSchema } from '../cost/money.ts';
import { adminEndpoint } from './admin-endpoint.ts';
import { expectedRevisionSchema as expectedRevision, idSchema, pageFields, pageOf } from './fields.ts';

const timeoutMs = 5_000;

const rulesRecordSchema = z.object({
  /** With every field, also those that were not given. */
  rules: cacheRuleListSchema,
  /** It is the ETag. */
  revision: z.int().nonnegative(),
  /** RFC 3339, UTC; null where nobody has written any. */
  updated_at: z.string().nullable(),
});

export const readCacheRules = adminEndpoint('cache.read-rules', {
  request: z.object({}),
  reply: rulesRecordSchema,
  timeoutMs,
  http: { method: 'GET', path: '/cache/rules', scope: 'cache', summary: 'Read the cache rules' },
});

export const writeCacheRules = adminEndpoint('cache.write-rules', {
  request: z.object({ rules: cacheRuleListSchema, expectedRevision }),
  reply: rulesRecordSchema,
  timeoutMs,
  http: {
    method: 'PUT',
    path: '/cache/rules',
    scope: 'cache',
    summary: 'Write the cache rules',
    description:
      'All of them: the first that matches a request holds for it. They hold in every replica in under a second.',
    audit: 'cache-rules.write',
  },
});

/** What is known of an entry, but for what it says. */
export const cacheEntrySchema = z.object({
  id: cacheEntryIdSchema,
  organisation_id: z.string(),
  team_id: z.string().nullable(),
  /** The virtual key whose request made it. */
  key_id: z.string().nullable(),
  namespace: z.string().nullable(),
  /** The model that the caller named, and who answered. */
  model: z.string(),
  provider: z.string(),
  model_served: z.string(),
  /** Whether the semantic tier knows it too. */
  semantic: z.boolean(),
  bytes: z.int().nonnegative(),
  hits: z.int().nonnegative(),
  /** What it had cost, which each hit saves; null where it has no price. */
  cost_usd: usdSchema.nullable(),
  created_at: z.string(),
  expires_at: z.string(),
});

export const listCacheEntries = adminEndpoint('cache.list-entries', {
  request: z.object({
    ...pageFields,
    /** An admin key of one organisation sees that one alone. */
    organisation_id: idSchema.optional(),
    key_id: keyIdSchema.optional(),
    namespace: cacheNamespaceSchema.optional(),
    model: z.string().min(1).max(256).optional(),
  }),
  reply: pageOf(cacheEntrySchema),
  timeoutMs,
  http: {
    method: 'GET',
    path: '/cache/entries',
    scope: 'cache',
    reach: 'organisation',
    summary: 'List the entries of the cache',
    description: 'Newest first, without what they say.',
  },
});

export const readCacheEntry = adminEndpoint('cache.read-entry', {
  request: z.object({ id: cacheEntryIdSchema }),
  reply: cacheEntrySchema.extend({
    /** What was asked, where the semantic tier knows it. */
    question: z.string().nullable(),
    completion: recordOf(z.string(), z.unknown()),
    /** How often semantic answers from it were right and wrong, as far as anybody has looked. */
    verdicts: z.object({ right: z.int().nonnegative(), wrong: z.int().nonnegative() }),
  }),
  timeoutMs,
  http: {
    method: 'GET',
    path: '/cache/entries/:id',
    scope: 'cache',
    reach: 'organisation',
    summary: 'Read an entry of the cache, with what it says',
    description: 'Who has read which entry stands in the audit log.',
    audit: 'cache-entry.read',
  },
});

export const deleteCacheEntry = adminEndpoint('cache.delete-entry', {
  request: z.object({ id: cacheEntryIdSchema }),
  reply: z.object({ id: z.string(), deleted: z.literal(true) }),
  timeoutMs,
  http: {
    method: 'DELETE',
    path: '/cache/entries/:id',
    scope: 'cache',
    reach: 'organisation',
    summary: 'Delete an entry of the cache',
    audit: 'cache-entry.delete',
  },
});

export const purgeCache = adminEndpoint('cache.purge', {
  request: z.object({
    organisation_id: idSchema.optional(),
    team_id: idSchema.optional(),
    key_id: keyIdSchema.optional(),
    namespace: cacheNamespaceSchema.optional(),
    model: z.string().min(1).max(256).optional(),
    /** Entries that are at least so old. */
    older_than_seconds: z.int().min(0).max(31_536_000).optional(),
    /** Has to be said where nothing else is. */
    all: z.literal(true).optional(),
  }),
  reply: z.object({
    /** How many were deleted by now. None of what was asked to be purged is served from now on. */
    purged: z.int().nonnegative(),
    /** Whether all of them are deleted; the others are, in the background. */
    complete: z.boolean(),
  }),
  timeoutMs: 15_000,
  http: {
    method: 'POST',
    path: '/cache/purge',
    scope: 'cache',
    reach: 'organisation',
    summary: 'Purge the cache',
    description:
      'Of the entries that have all that is named. Answers to requests under way are not kept either.',
    audit: 'cache.purge',
  },
});

/** How right the semantic answers of a partition were. */
export const listCachePartitions = adminEndpoint('cache.list-partitions', {
  request: z.object({ ...pageFields, organisation_id: idSchema.optional() }),
  reply: pageOf(
    z.object({
      id: z.string(),
      organisation_id: z.string(),
      model: z.string(),
      right: z.int().nonnegative(),
      wrong: z.int().nonnegative(),
      /** `stopped` serves no semantic answers: too many of its last ones were wrong. */
      status: z.enum(['serving', 'stopped']),
      updated_at: z.string(),
    }),
  ),
  timeoutMs,
  http: {
    method: 'GET',
    path: '/cache/partitions',
    scope: 'cache',
    reach: 'organisation',
    summary: 'List how right semantic answers were',
    description:
      'By partition: one model, system prompt, history and so on. Those that anybody has looked at.',
  },
});

export type CacheEntry = z.output<typeof cacheEntrySchema>;
