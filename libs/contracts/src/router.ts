import { z } from 'zod';
import { cacheResultSchema } from './cache/order.ts';
import { chatRequestSchema } from './chat/request.ts';
import { arrayOf } from './collections.ts';
import { endpoint, streamEndpoint } from './descriptors.ts';
import { limitStateSchema } from './cost/admission.ts';
import { nanoUsdSchema } from './cost/money.ts';
import { screeningSummarySchema } from './guardrails/summary.ts';
import { modelListSchema } from './models.ts';
import { usageRecordSchema } from './usage-record.ts';

/** Known once a provider has committed itself to an answer; becomes the answer's `x-weir-*` headers. */
export const completionHeadSchema = z.object({
  provider: z.string(),
  model: z.string(),
  /** Parameters that the provider does not know and that were left out. */
  warnings: arrayOf(z.string()),
  /** The target's name in its config, or its place there: `targets[1]`. Absent where the model's name alone decided. */
  target: z.string().optional(),
  /** How many times a provider was asked, this answer included. */
  attempts: z.int().positive().optional(),
  /** How many times the answering target itself was asked again. */
  retries: z.int().nonnegative().optional(),
  /** How many targets failed before this one. */
  fallbacks: z.int().nonnegative().optional(),
  /** The place of the target among its config's, at each level: Portkey's `last-used-option-index`. */
  optionIndex: arrayOf(z.int().nonnegative()).optional(),
  /** What was waited for providers until now: their time, and the pauses between attempts. */
  upstreamMs: z.number().nonnegative().optional(),
  /** Of each unit the limit with the least room. */
  limits: arrayOf(limitStateSchema).optional(),
  /** Whether the model's name is one that the router knows, so that it may be a label in metrics. */
  isKnownModel: z.boolean().optional(),
  /** What guardrails have found until now; absent where none were asked for. */
  guardrails: screeningSummarySchema.optional(),
  /** What became of the request at the cache; absent where that is off. */
  cache: cacheResultSchema.optional(),
});

/** Known when the answer is complete. */
export const completionTrailerSchema = z.object({
  usage: usageRecordSchema,
  /** From the first byte sent to a provider to the last byte of the answer, all attempts and the pauses between included. */
  upstreamMs: z.number().nonnegative(),
  /** What the answering attempt and the failed ones before it cost. Absent where one that was billed has no price. */
  costNanoUsd: nanoUsdSchema.optional(),
  /** Whether others have answered, or gone on with the stream, than those that would have with all targets well. */
  isFallback: z.boolean().optional(),
  /** Of the stored config by which the request was routed, as `configRevision` says it. */
  configRevision: z.string().max(64).optional(),
  /** The head's limits as they stand once the request is settled. */
  limits: arrayOf(limitStateSchema).optional(),
  /** What guardrails have found in the request and in the answer; absent where none were asked for. */
  guardrails: screeningSummarySchema.optional(),
});

/**
 * Completes a chat. Chunks are `chat.completion.chunk` JSON when the request streams; otherwise there are none,
 * and the end frame's body is the `chat.completion`.
 */
export const completeChat = streamEndpoint('router.complete', {
  request: chatRequestSchema,
  head: completionHeadSchema,
  trailer: completionTrailerSchema,
  acceptTimeoutMs: 1_000,
  // No shorter than the whole: a model may think for minutes before the first word, and an instance that has died in
  // the meantime is found by its probes.
  idleTimeoutMs: 600_000,
  timeoutMs: 600_000,
});

/** Every model that a request may name now. */
export const listModels = endpoint('router.models', {
  request: z.object({}),
  reply: modelListSchema,
  timeoutMs: 2_000,
  isIdempotent: true,
  share: 'operations',
});

export type CompletionHead = z.output<typeof completionHeadSchema>;
export type CompletionTrailer = z.output<typeof completionTrailerSchema>;
