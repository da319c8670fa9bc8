import { z } from 'zod';
import { arrayOf } from '../collections.ts';
import { endpoint, event } from '../descriptors.ts';
import { nanoUsdSchema } from './money.ts';

/** On whose account an attempt is: the scopes of its limits, and the columns of its usage. */
export const attributionSchema = z.object({
  organisation: z.string(),
  keyId: z.string().optional(),
  teamId: z.string().optional(),
  userId: z.string().optional(),
  tags: arrayOf(z.string()).optional(),
  /** Whom the caller names in the request's `user`. */
  endUser: z.string().max(256).optional(),
});

export type Attribution = z.output<typeof attributionSchema>;

/** What is kept back of all limits of an attempt at a provider until it is known what it has used. */
export const holdSchema = z.object({
  /** `<request id>:<attempt>`, which is the id of the attempt's usage event too. */
  id: z.string().min(1).max(128),
  /** Unix time in milliseconds: it decides which day or month the usage belongs to. */
  startedAtMs: z.int().nonnegative(),
  attribution: attributionSchema,
  provider: z.string(),
  /** The model's name at the provider. */
  model: z.string(),
  /** The most that the attempt can cost, as far as it is admitted: a stream's grows as it goes on. Absent where the model has no price. */
  amountNanoUsd: nanoUsdSchema.optional(),
  /** Input and output tokens as limits of tokens count them: an estimate, mended when the attempt is settled. */
  tokens: z.int().nonnegative(),
  /** Whether it is the first attempt of its request, which counts as the request. */
  isFirst: z.boolean(),
});

export type Hold = z.output<typeof holdSchema>;

/** What became of an attempt. */
export const settlementSchema = z.object({
  holdId: z.string().min(1).max(128),
  /** 0 for what is not billed. */
  costNanoUsd: nanoUsdSchema,
  tokens: z.int().nonnegative(),
});

export type Settlement = z.output<typeof settlementSchema>;

/** A limit as it stands: for headers and for refusals. */
export const limitStateSchema = z.object({
  /** `key/abcd1234`. */
  scope: z.string(),
  unit: z.enum(['usd', 'requests', 'tokens', 'parallel_requests']),
  window: z.string().optional(),
  /** The pattern of models. */
  model: z.string(),
  /** US dollars as a text for `usd`, else a number as a text. */
  limit: z.string(),
  remaining: z.string(),
  /** In a refusal: what the attempt may use of it at most. */
  needed: z.string().optional(),
  /** Unix time in milliseconds when the window ends, or when a rolling one has room again; absent where none does. */
  resetAtMs: z.int().optional(),
  contact: z.string().optional(),
});

export type LimitState = z.output<typeof limitStateSchema>;

const admissionSchema = z.object({
  /** Of each unit the limit with the least room, this hold counted in. */
  limits: arrayOf(limitStateSchema),
});

export type Admission = z.output<typeof admissionSchema>;

/**
 * Keeps back what the attempt may use, of all limits or of none. Refuses by a fault with `limit`: `insufficient_quota` where the
 * money is spent, `budget_reserved` where it is only held by attempts under way, `rate_limit_exceeded`, `model_not_priced`.
 * The same hold put twice is held once. `settles` is settled in the same step: an earlier attempt of the same request.
 */
export const reserve = endpoint('cost.reserve', {
  request: z.object({ hold: holdSchema, settles: settlementSchema.optional() }),
  reply: admissionSchema,
  timeoutMs: 2_000,
});

/** Makes a hold larger; `hold` is the whole of it as it is to be. Refuses as `reserve` does, and leaves it as it was then. */
export const topUpHold = endpoint('cost.top-up', {
  request: z.object({ hold: holdSchema }),
  reply: admissionSchema,
  timeoutMs: 2_000,
  isIdempotent: true,
});

/** How often a router says which of its attempts are under way. */
export const holdRenewalMs = 5_000;

/** In one message. */
export const maxHoldsTold = 200;

/** A hold of which nothing was heard for so long is over: its router has died, and it is charged in full. */
export const holdLifetimeMs = 30_000;

/**
 * Attempts that are under way, whole, so that holds are made again where Redis has lost them. Routers publish it every
 * `holdRenewalMs`, at most `maxHoldsTold` at once; one replica of the cost service takes each (queue group `cost`).
 */
export const holdsRenewed = event('holds.renewed', {
  data: z.object({ holds: arrayOf(holdSchema).max(maxHoldsTold) }),
});

/** Attempts that were never made although a hold may have been: nothing is charged, also where the hold comes only afterwards. */
export const holdsReleased = event('holds.released', {
  data: z.object({ holdIds: arrayOf(z.string()).max(maxHoldsTold) }),
});
