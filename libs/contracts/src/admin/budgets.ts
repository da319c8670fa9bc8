import { z } from 'zod';
import { arrayOf } from '../collections.ts';
import { limitSchema, limitWindows, scopeKinds } from '../cost/limits.ts';
import { adminEndpoint } from './admin-endpoint.ts';
import {
  expectedRevisionSchema as expectedRevision,
  idSchema,
  pageFields,
  pageOf,
  revisionSchema,
} from './fields.ts';

/** Of a team, a key, ... as it is there; of a tag or an end user as callers name them; `*` for each end user; `all` for the installation. */
const scopeIdSchema = z.string().regex(/^[^\p{Cc}\p{Cs}]{1,256}$/u, {
  error: 'must be 1 to 256 characters, without control characters',
});

const scopeFields = {
  scope: z.enum(scopeKinds),
  id: scopeIdSchema,
  /** Whose tag or end user it is: the admin key's own organisation, else `default`. Nothing else takes it. */
  organisation_id: idSchema.optional(),
};

export const webhookUrlSchema = z
  .url({ protocol: /^https?$/, error: 'must be a URL that begins with https://' })
  .max(2_048);

/** Where alerts are sent. */
export const alertsInputSchema = z.strictObject({
  webhooks: arrayOf(
    z.strictObject({
      /** Never shown, since some URLs are secrets. */
      url: webhookUrlSchema.optional(),
      /** In its place: of a webhook that is there already, and stays as it is. */
      id: idSchema.optional(),
      /** Of the signatures. It is never shown; a URL that is there already keeps its own where none is given. */
      secret: z
        .string()
        .regex(/^[\x21-\x7e]{16,256}$/, {
          error: 'must be 16 to 256 printable ASCII characters, without white space',
        })
        .optional(),
    }),
  )
    .max(8)
    .refine((webhooks) => webhooks.every(({ id, url }) => (id === undefined) !== (url === undefined)), {
      error: 'must each have a URL, or the id of one that is there',
    })
    .refine((webhooks) => webhooks.every(({ id, secret }) => id === undefined || secret === undefined), {
      error: 'must have a secret only with a URL',
    })
    .refine((webhooks) => new Set(webhooks.map(({ id, url }) => url ?? id)).size === webhooks.length, {
      error: 'must not have a URL twice',
    }),
});

export type AlertsInput = z.output<typeof alertsInputSchema>;

const contactSchema = z.string().regex(/^[^\p{Cc}\p{Cs}]{1,256}$/u, {
  error: 'must be 1 to 256 characters, without control characters',
});

const limitsSchema = arrayOf(limitSchema)
  .max(32)
  .refine((limits) => new Set(limits.map(identityOf)).size === limits.length, {
    error: 'must not have two limits of the same unit, window and model that are both hard or both soft',
  });

function identityOf(limit: z.output<typeof limitSchema>): string {
  const { hard, model, unit } = limit;
  const window = 'window' in limit ? [limit.window, limit.rolling_seconds] : [];
  return JSON.stringify([unit, model, hard, ...window]);
}

/** US dollars as a text for `usd`, else a number. */
const amountSchema = z.union([z.string(), z.number()]);

/** A limit as it stands. */
const shownLimitSchema = z.object({
  unit: z.enum(['usd', 'requests', 'tokens', 'parallel_requests']),
  limit: amountSchema,
  window: z.enum(limitWindows).optional(),
  rolling_seconds: z.int().optional(),
  model: z.string(),
  hard: z.boolean(),
  /** Null where it cannot be told now, and for `*`: each end user is counted apart. */
  usage: z
    .object({
      used: amountSchema,
      /** Kept back for requests that are under way. */
      held: amountSchema,
      remaining: amountSchema,
      window_start: z.string().nullable(),
      resets_at: z.string().nullable(),
    })
    .nullable(),
});

/** The limits of a scope, and what is used of them. */
export const budgetSchema = z.object({
  scope: z.enum(scopeKinds),
  id: z.string(),
  /** Whose scope it is; null for the installation. */
  organisation_id: z.string().nullable(),
  limits: arrayOf(shownLimitSchema),
  /** Whom a caller who is refused is told to ask. */
  contact: z.string().nullable(),
  /** Their URLs may be secrets, and are not shown. */
  alerts: z.object({ webhooks: arrayOf(z.object({ id: z.string(), host: z.string() })) }),
  /** Grows with every change of any budget. */
  revision: revisionSchema,
  created_at: z.string(),
  updated_at: z.string(),
});

const timeoutMs = 5_000;
const audience = { scope: 'budgets', reach: 'organisation' } as const;

export const listBudgets = adminEndpoint('cost.list-budgets', {
  request: z.object({
    ...pageFields,
    scope: scopeFields.scope.optional(),
    organisation_id: idSchema.optional(),
  }),
  reply: pageOf(budgetSchema),
  timeoutMs,
  http: {
    ...audience,
    method: 'GET',
    path: '/budgets',
    summary: 'List budgets and rate limits',
    description: 'In the order in which they were made, with what is used and held now.',
  },
});

export const readBudget = adminEndpoint('cost.read-budget', {
  request: z.object(scopeFields),
  reply: budgetSchema,
  timeoutMs,
  http: {
    ...audience,
    method: 'GET',
    path: '/budgets/:scope/:id',
    summary: "Read a scope's limits, and what is used and held of them now",
  },
});

export const writeBudget = adminEndpoint('cost.write-budget', {
  request: z.object({
    ...scopeFields,
    limits: limitsSchema,
    contact: contactSchema.nullable().default(null),
    /** Left out, they stay as they are. */
    sealedAlerts: z.string().optional(),
    expectedRevision,
  }),
  reply: budgetSchema,
  timeoutMs,
  http: {
    ...audience,
    method: 'PUT',
    path: '/budgets/:scope/:id',
    summary: "Set a scope's limits",
    description:
      'All of them at once. They hold in every replica in under a second, also where more is used already. An admin key of one organisation sets those of its teams, users, keys, tags and end users.',
    query: ['organisation_id'],
    maxBodyBytes: 65_536,
    sealed: { field: 'alerts', as: 'sealedAlerts', schema: alertsInputSchema.optional() },
    audit: 'budget.write',
  },
});

export const deleteBudget = adminEndpoint('cost.delete-budget', {
  request: z.object({ ...scopeFields, expectedRevision }),
  reply: z.object({ scope: scopeFields.scope, id: z.string(), deleted: z.literal(true) }),
  timeoutMs,
  http: {
    ...audience,
    method: 'DELETE',
    path: '/budgets/:scope/:id',
    summary: 'Take all limits of a scope away',
    audit: 'budget.delete',
  },
});
