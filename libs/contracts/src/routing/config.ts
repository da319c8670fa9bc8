import { z } from 'zod';
import { arrayOf, recordOf } from '../collections.ts';
import { maxPoliciesNamed } from '../guardrails/summary.ts';
import { querySchema } from './condition.ts';
import { checkCredential, checkTree } from './config-rules.ts';
import {
  cacheSchema,
  circuitBreakerSchema,
  hedgeSchema,
  maxCooldownField,
  modelFallbacksSchema,
  retrySchema,
  statusCodesSchema,
  stickySessionSchema,
  timeoutFields,
} from './policies.ts';
import { inSnakeCase } from './spelling.ts';

const name = z.string().min(1).max(128);

/** Also of a stored one, which is encrypted and so longer than the key itself. */
export const maxApiKeyLength = 4_096;

export const strategySchema = z.strictObject({
  mode: z.enum(['single', 'fallback', 'loadbalance', 'conditional', 'latency', 'cost', 'least_busy']),
  /** After which failures the next target is asked; by default after each that another target may not have. */
  on_status_codes: statusCodesSchema.optional(),
  conditions: arrayOf(z.strictObject({ query: querySchema, then: name }))
    .min(1)
    .max(64)
    .optional(),
  /** The target for what meets no condition, by its name. */
  default: name.optional(),
  sticky_session: stickySessionSchema.optional(),
  cb_config: circuitBreakerSchema.optional(),
});

/** What targets have, and what groups of targets hand down to theirs. */
const inherited = {
  retry: retrySchema.optional(),
  ...timeoutFields,
  /** What becomes of an answer that has ended by itself and says nothing: it is passed on, or the next target is asked. */
  on_empty_answer: z.enum(['accept', 'fallback']).optional(),
  /** The same as in `strategy.cb_config`, which goes before it. */
  max_cooldown: maxCooldownField,
  /** Take the place of the request's own parameters; `model` is the most common. */
  override_params: recordOf(z.string(), z.unknown()).optional(),
  cache: cacheSchema.optional(),
  forward_headers: arrayOf(z.string()).optional(),
};

/** A provider, as a target names it. */
const asked = {
  /** `openai`, or any other that the router is configured with; a leading `@` is allowed. */
  provider: name.optional(),
  /** A stored credential of that name: the requester's organisation's own, else a shared one. */
  credential: name.optional(),
  /** What Portkey calls the same. Where there is no credential of that name, it is the name of a provider. */
  virtual_key: name.optional(),
  /** Asked with this instead of the credentials that are configured for the provider. */
  api_key: z.string().min(1).max(maxApiKeyLength).optional(),
  /** The provider's address, with its version: `https://llm.example.com/v1`. */
  custom_host: z.string().min(1).max(512).optional(),
};

const mirrorSchema = z.strictObject({
  ...asked,
  override_params: inherited.override_params,
  /** Which share of the requests is sent there too. */
  share: z.number().gt(0).max(1).default(1),
});

const ownFields = {
  name: name.optional(),
  ...asked,
  ...inherited,
  /** Its share of a `loadbalance`, relative to the others'; 0 takes it out of the choice. */
  weight: z.number().min(0).max(1_000_000).optional(),
  on_status_codes: statusCodesSchema.optional(),
  strategy: strategySchema.optional(),
};

type OwnFields = z.output<z.ZodObject<typeof ownFields>>;

/** A target, or, where it has targets of its own, a group of them. */
export interface RoutingTarget extends OwnFields {
  targets?: RoutingTarget[] | undefined;
}

const targetFields = {
  ...ownFields,
  targets: arrayOf(z.lazy((): z.ZodType<RoutingTarget> => targetSchema))
    .min(1)
    .max(64)
    .optional(),
};

const notAPolicy = { error: 'must be the name of a guardrail policy' };
const policyNames = arrayOf(z.string(notAPolicy).regex(/^[a-z0-9][a-z0-9_-]{0,63}$/, notAPolicy)).max(
  maxPoliciesNamed,
);

const targetSchema = z.strictObject(targetFields);

const rootSchema = z
  .strictObject({
    ...targetFields,
    /** What becomes of a stream that breaks after its first content: an error event, or the next target goes on. */
    on_stream_failure: z.enum(['error', 'continue']).optional(),
    hedge: hedgeSchema.optional(),
    mirror: mirrorSchema.optional(),
    /** Other names for models: `{ "fast": "openai/gpt-5-mini" }`. */
    model_aliases: recordOf(z.string(), z.string().min(1).max(256)).optional(),
    context_window_fallbacks: modelFallbacksSchema.optional(),
    content_policy_fallbacks: modelFallbacksSchema.optional(),
    /** The guardrail policies that requests and answers have to pass, beside those of the key and its organisation. */
    input_guardrails: policyNames.optional(),
    output_guardrails: policyNames.optional(),
  })
  .check(({ value, issues }) => {
    const ofMirror = checkCredential(value.mirror ?? {}).map(({ path, message }) => ({
      path: ['mirror', ...path],
      message,
    }));
    for (const issue of [...checkTree(value), ...ofMirror])
      issues.push({ code: 'custom', input: value, ...issue });
  });

/** A routing config in Portkey's JSON form, in either of its spellings, and what Weir adds to it. */
export const routingConfigSchema = z.preprocess(inSnakeCase, rootSchema);

export type RoutingConfig = z.output<typeof rootSchema>;
export type RoutingStrategy = z.output<typeof strategySchema>;
