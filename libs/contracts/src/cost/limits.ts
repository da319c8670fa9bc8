import { z } from 'zod';
import { namePatternSchema } from '../access-policy.ts';
import { bucket } from '../bucket.ts';
import { arrayOf } from '../collections.ts';
import { usdSchema } from './money.ts';

/**
 * What a limit is of. Tags and end users (whom callers name in `user`) belong to an organisation. `*` as the id of an end
 * user's scope is each of the organisation's end users, who are counted apart.
 */
export const scopeKinds = ['installation', 'organisation', 'team', 'user', 'key', 'tag', 'end_user'] as const;

export type ScopeKind = (typeof scopeKinds)[number];

/** `{ kind: 'tag', organisation: 'acme', id: 'batch' }`; `id` of the installation is `all`. */
export const scopeSchema = z.object({
  kind: z.enum(scopeKinds),
  id: z.string().min(1).max(256),
  /** Of tags and end users only. */
  organisation: z.string().max(64).optional(),
});

export type Scope = z.output<typeof scopeSchema>;

/** `organisation/acme`, `key/abcd1234`, `tag/acme/batch`: as logs, events and refusals name it. */
export function scopeText({ kind, id, organisation }: Scope): string {
  return organisation === undefined ? `${kind}/${id}` : `${kind}/${organisation}/${id}`;
}

/** The scope of such a text. Of a tag or an end user the organisation may be left out; an end user's name may have slashes. */
export const scopeTextSchema = z
  .string()
  .max(400)
  .transform((text, context): Scope => {
    const scope = readScopeText(text);
    if (scope) return scope;
    const message = 'must be a scope, as "organisation/acme", "key/abcd1234" or "tag/acme/batch"';
    context.addIssue({ code: 'custom', message, input: text });
    return z.NEVER;
  });

function readScopeText(text: string): Scope | undefined {
  const [name = '', ...rest] = text.split('/');
  const kind = scopeKinds.find((known) => known === name);
  if (kind === 'installation') {
    return text === kind || text === scopeText(installationScope) ? installationScope : undefined;
  }
  const isOwned = kind === 'tag' || kind === 'end_user';
  const [organisation, ...parts] = isOwned && rest.length > 1 ? rest : [undefined, ...rest];
  const id = parts.join('/');
  if (!kind || id === '' || organisation === '' || (!isOwned && rest.length > 1)) return undefined;
  return { kind, id, ...(organisation !== undefined && { organisation }) };
}

/** Any number of whole seconds, up to 31 days: the last so many, at every moment. */
const rollingSecondsSchema = z.int().min(10).max(2_678_400);

/**
 * A calendar day or month of the organisation's time zone (UTC where there is none), all time, the last minute, or the last
 * `rolling_seconds`.
 */
export const limitWindows = ['minute', 'day', 'month', 'total', 'rolling'] as const;

const commonFields = {
  /** The models that it holds for: a pattern of `model` or `provider/model`, with `*`. All of them without it. */
  model: namePatternSchema.default('*'),
  /** A soft one admits beyond itself, and alerts. */
  hard: z.boolean().default(true),
};

const windowFields = {
  window: z.enum(limitWindows),
  /** With the window `rolling`, and with no other. */
  rolling_seconds: rollingSecondsSchema.optional(),
};

/** One limit. */
export const limitSchema = z
  .discriminatedUnion('unit', [
    /** Money. */
    z.strictObject({ unit: z.literal('usd'), limit: usdSchema, ...windowFields, ...commonFields }),
    z.strictObject({
      unit: z.literal('requests'),
      limit: z.int().min(0).max(1_000_000_000),
      ...windowFields,
      window: windowFields.window.default('minute'),
      ...commonFields,
    }),
    /** Input and output tokens together. */
    z.strictObject({
      unit: z.literal('tokens'),
      limit: z.int().min(0).max(1_000_000_000_000),
      ...windowFields,
      window: windowFields.window.default('minute'),
      ...commonFields,
    }),
    /** How many may be under way at once. */
    z.strictObject({
      unit: z.literal('parallel_requests'),
      limit: z.int().min(0).max(1_000_000),
      ...commonFields,
    }),
  ])
  .superRefine((limit, context) => {
    if (limit.unit === 'parallel_requests') return;
    if ((limit.window === 'rolling') === (limit.rolling_seconds !== undefined)) return;
    context.addIssue({
      code: 'custom',
      path: ['rolling_seconds'],
      message: 'belongs to the window "rolling", and to no other',
    });
  });

export type Limit = z.output<typeof limitSchema>;
export type LimitUnit = Limit['unit'];

/** All limits of one scope. */
export const scopeLimitsSchema = z.strictObject({
  scope: scopeSchema,
  limits: arrayOf(limitSchema).max(32),
  /** Whom a caller is told to ask: "finance@example.com". */
  contact: z.string().max(256).optional(),
  /** Whose time zone its days and months are in: the scope's organisation. */
  organisation: z.string().max(64).optional(),
  /** Grows with every change of this scope. */
  revision: z.int().nonnegative(),
});

export type ScopeLimits = z.output<typeof scopeLimitsSchema>;

/**
 * Every scope that has limits, by `limitsKey`: a projection of the cost service's table `user_budgets`. Routers follow it, and
 * ask nobody where nothing limits. The entry of the installation is always there, with or without limits, once the cost
 * service has published all of them: until then nobody knows what limits there are.
 */
export const spendingLimits = bucket('spending-limits', {
  value: scopeLimitsSchema,
  history: 1,
  storage: 'file',
});

export const installationScope: Scope = { kind: 'installation', id: 'all' };

/** The key of a scope in the bucket. Names that callers or admins choose freely are in hexadecimal there. */
export function limitsKey({ kind, id, organisation }: Scope): string {
  const parts = organisation === undefined ? [id] : [organisation, id];
  return [kind, ...parts.map(keyPart)].join('.');
}

function keyPart(text: string): string {
  return /^[\w-]+$/.test(text) ? text : `=${[...new TextEncoder().encode(text)].map(hex).join('')}`;
}

function hex(byte: number): string {
  return byte.toString(16).padStart(2, '0');
}
