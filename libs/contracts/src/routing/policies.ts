import { z } from 'zod';
import { arrayOf, recordOf } from '../collections.ts';

/** A day at most: a timer that is set for longer than 2^31 ms goes off at once. */
const milliseconds = z.int().min(1).max(86_400_000);

export const statusCodesSchema = arrayOf(z.int().min(100).max(599)).max(64);

/** How often a target is asked again, and after which failures. */
export const retrySchema = z.strictObject({
  /** Beyond the first. */
  attempts: z.int().min(0).max(5),
  /** Statuses of the provider, or the gateway's for what has none (408 or 504 for a time-out, 502 for no connection). */
  on_status_codes: statusCodesSchema.optional(),
  /** Whether the provider's `retry-after` takes the place of the backoff; it does by default. */
  use_retry_after_header: z.boolean().optional(),
});

/** With it each further failure doubles the time for which a target is left alone, up to this many milliseconds. */
export const maxCooldownField = milliseconds.optional();

/** When a target that keeps failing is left alone, and for how long. */
export const circuitBreakerSchema = z.strictObject({
  /** Failures in a row of a target that has no success between them. */
  failure_threshold: z.int().min(1).max(10_000).optional(),
  failure_threshold_percentage: z.number().min(1).max(100).optional(),
  /** How many requests the percentage is reckoned from, at least. */
  minimum_requests: z.int().min(1).max(10_000).optional(),
  /** Milliseconds until a first request is let through again, after each failure of that one too. */
  cooldown_interval: milliseconds.optional(),
  max_cooldown: maxCooldownField,
  failure_status_codes: statusCodesSchema.optional(),
});

/** A request's field: `metadata.user_id`, `params.model`. */
export const fieldPathSchema = z
  .string()
  .max(256)
  .regex(/^(metadata|params)\.[^.]+(\.[^.]+)*$/, { error: 'must begin with "metadata." or "params."' });

/** Requests with the same values in these fields go to the same target, for as long as it can take them. */
export const stickySessionSchema = z.strictObject({
  hash_fields: arrayOf(fieldPathSchema).min(1).max(8),
  /** Seconds until a caller may be given another target; never by default. */
  ttl: z.int().min(1).max(31_536_000).optional(),
});

/** After how long without content a second target is asked: a percentile of the first one's own latency. */
export const hedgeSchema = z.strictObject({
  percentile: z.number().min(50).max(99.9).default(95),
  /** What is waited for while too little is known of the target's latency. */
  delay_ms: milliseconds.default(1_000),
});

export const cacheSchema = z.strictObject({
  mode: z.enum(['simple', 'semantic']),
  /** Seconds. */
  max_age: z.int().min(1).optional(),
});

export const timeoutFields = {
  /** The whole attempt, to the last byte of its answer, in milliseconds; as are the others. */
  request_timeout: milliseconds.optional(),
  connect_timeout: milliseconds.optional(),
  /** From the request's last byte to the answer's first. */
  first_byte_timeout: milliseconds.optional(),
  /** Of a stream, from the attempt's beginning to its first content: comments and chunks that say nothing are none. */
  first_content_timeout: milliseconds.optional(),
  /** The longest silence within an answer. */
  idle_timeout: milliseconds.optional(),
};

const modelNames = arrayOf(z.string().min(1).max(256)).min(1).max(16);
const modelNamesByModel = recordOf(z.string(), modelNames);

/**
 * Which models take over from which: `{ "gpt-4o-mini": ["gpt-4.1"] }`, where `*` stands for every other model. Also a list
 * of such objects, as LiteLLM has it, or a plain list for all.
 */
export const modelFallbacksSchema = z
  .union([modelNames, modelNamesByModel, arrayOf(modelNamesByModel).min(1).max(64)])
  .transform((given): Record<string, string[]> => {
    if (!Array.isArray(given)) return given;
    const entries = given.flatMap((item) =>
      typeof item === 'string' ? [['*', item] as const] : Object.entries(item).flatMap(flatten),
    );
    // Not an object: a model may be called `constructor`.
    const merged = new Map<string, string[]>();
    for (const [model, fallback] of entries) merged.set(model, [...(merged.get(model) ?? []), fallback]);
    return Object.fromEntries(merged);
  });

const flatten = ([model, fallbacks]: [string, string[]]) => fallbacks.map((name) => [model, name] as const);
