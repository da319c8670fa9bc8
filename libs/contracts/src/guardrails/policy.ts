import { z } from 'zod';
import { arrayOf, recordOf } from '../collections.ts';
import { entitySchema, levelSchema } from './entities.ts';

/**
 * What becomes of a finding, from the mildest to the strictest; where several policies or checks find the same text, the
 * strictest holds. `report` changes nothing. `mask` puts a numbered placeholder in its place on the way to the provider, and
 * the value back into the answer. `hash` puts a keyed hash in its place, `redact` a placeholder, for good. `deny` refuses the
 * request, or ends the answer.
 */
export const actions = ['report', 'mask', 'hash', 'redact', 'deny'] as const;

export const actionSchema = z.enum(actions);

export type Action = z.output<typeof actionSchema>;

/** What checks can do that judge a text as a whole, and have no span to put something else in the place of. */
export const wholeActionSchema = z.enum(['report', 'deny']);

const id = z.string().regex(/^[a-z0-9][a-z0-9_-]{0,63}$/, {
  error: 'must be lower case letters, digits, hyphens and underscores, at most 64',
});
const words = arrayOf(z.string().min(1).max(128)).max(10_000);

/** What every check has. */
const common = {
  /** Its name in findings and metrics; its type without it. */
  id: id.optional(),
  /** What holds where the check fails or is late: that it has found something it denies, or nothing. */
  on_error: z.enum(['deny', 'allow']).default('deny'),
};
const remote = {
  ...common,
  timeout_ms: z.int().min(10).max(30_000).default(2_000),
};

const span = { action: actionSchema.default('redact') };
const whole = { action: wholeActionSchema.default('deny') };
const range = { min: z.int().nonnegative().optional(), max: z.int().nonnegative().optional() };

/** Personal data and secrets, in Vietnamese and English text. */
export const piiCheckSchema = z.strictObject({
  type: z.literal('pii'),
  ...common,
  ...span,
  level: levelSchema.default('balanced'),
  /** What is looked for; everything without it. */
  entities: arrayOf(entitySchema).min(1).optional(),
  /** For some of them another action. */
  actions: z.partialRecord(entitySchema, actionSchema).optional(),
});

export const blocklistCheckSchema = z.strictObject({
  type: z.literal('blocklist'),
  ...common,
  action: actionSchema.default('deny'),
  /** Lists that come with Weir. */
  lists: arrayOf(z.enum(['vi', 'en'])).default([]),
  words: words.default([]),
  /** Words in which nothing is found. */
  allow: words.default([]),
  /** Whether digits and signs that stand for letters, and letters without their marks, count as the letters. */
  evasions: z.boolean().default(true),
});

export const regexCheckSchema = z.strictObject({
  type: z.literal('regex'),
  ...common,
  ...span,
  patterns: arrayOf(
    z.strictObject({
      name: id,
      /** RE2's syntax: matched in linear time. */
      pattern: z.string().min(1).max(1_000),
      ignore_case: z.boolean().default(false),
      /** The longest match, in UTF-16 units: so much of a stream is held back. */
      max_length: z.int().min(1).max(1_024).default(128),
    }),
  )
    .min(1)
    .max(100),
});

/** Whether a text tries to take the instructions' place. Heuristics, not a model. */
export const promptInjectionCheckSchema = z.strictObject({
  type: z.literal('prompt_injection'),
  ...common,
  ...whole,
  /** From 0 to 1. */
  threshold: z.number().min(0).max(1).default(0.6),
});

/** A model that says how unsafe a text is. */
export const moderationCheckSchema = z.strictObject({
  type: z.literal('moderation'),
  ...remote,
  ...whole,
  /**
   * `openai` asks `POST <url>/moderations` as OpenAI's; `http` posts `{ texts: string[] }` and reads
   * `{ results: { categories: { name: score } }[] }`; `transformers` runs a text classification model in a worker.
   */
  engine: z.enum(['openai', 'http', 'transformers']),
  url: z.url({ protocol: /^https?$/ }).optional(),
  /** Of the endpoint; encrypted where the policy is stored. */
  api_key: z.string().min(1).max(4_096).optional(),
  /** A model's name, or a folder. */
  model: z.string().min(1).max(256).optional(),
  /** From which score a category counts; those that are not named count from `threshold`. */
  categories: recordOf(z.string().max(64), z.number().min(0).max(1)).default({}),
  threshold: z.number().min(0).max(1).default(0.5),
});

/** Another service's judgement: a signed POST of the texts. */
export const webhookCheckSchema = z.strictObject({
  type: z.literal('webhook'),
  ...remote,
  ...whole,
  url: z.url({ protocol: /^https?$/ }),
  /** Signs what is sent; encrypted where the policy is stored. */
  secret: z.string().min(16).max(256),
  /** Sent with it; encrypted where the policy is stored, since tokens stand in them. */
  headers: recordOf(z.string().max(128), z.string().max(1_024)).default({}),
});

/** The answer has to be JSON that the schema allows. */
export const jsonSchemaCheckSchema = z.strictObject({
  type: z.literal('json_schema'),
  ...common,
  ...whole,
  schema: recordOf(z.string(), z.unknown()),
});

export const wordsCheckSchema = z.strictObject({
  type: z.literal('words'),
  ...common,
  ...whole,
  /** `all` and `any` have to occur, `none` may not. Case and marks do not matter. */
  operator: z.enum(['all', 'any', 'none']),
  words: words.min(1),
});

export const languageCheckSchema = z.strictObject({
  type: z.literal('language'),
  ...common,
  ...whole,
  /** ISO 639-1. */
  allowed: arrayOf(z.string().length(2)).min(1).max(64),
});

export const lengthCheckSchema = z.strictObject({
  type: z.literal('length'),
  ...common,
  ...whole,
  unit: z.enum(['characters', 'words', 'sentences']),
  ...range,
});

/** Links lead to allowed hosts only, and not to denied ones. `*.example.com` means its subdomains. */
export const linksCheckSchema = z.strictObject({
  type: z.literal('links'),
  ...common,
  action: actionSchema.default('deny'),
  allowed_hosts: arrayOf(z.string().max(253)).max(1_000).optional(),
  denied_hosts: arrayOf(z.string().max(253)).max(1_000).optional(),
});

/** How many of a kind a request or an answer may have. */
export const countCheckSchema = z.strictObject({
  type: z.literal('count'),
  ...common,
  ...whole,
  of: z.enum(['messages', 'images', 'files', 'tools', 'tool_calls', 'choices']),
  ...range,
});

/** Which kinds of requests may be made. */
export const requestTypesCheckSchema = z.strictObject({
  type: z.literal('request_types'),
  ...common,
  ...whole,
  allowed: arrayOf(
    z.enum(['chat', 'completion', 'response', 'message', 'embedding', 'moderation', 'image', 'audio']),
  ).min(1),
});

export const checkSchema = z.discriminatedUnion('type', [
  piiCheckSchema,
  blocklistCheckSchema,
  regexCheckSchema,
  promptInjectionCheckSchema,
  moderationCheckSchema,
  webhookCheckSchema,
  jsonSchemaCheckSchema,
  wordsCheckSchema,
  languageCheckSchema,
  lengthCheckSchema,
  linksCheckSchema,
  countCheckSchema,
  requestTypesCheckSchema,
]);

const checks = arrayOf(checkSchema).max(64).default([]);

/** A guardrail policy: what is checked on the way to a provider and on the way back, and what becomes of what is found. */
export const policySchema = z.strictObject({
  description: z.string().max(1_024).optional(),
  input: z.strictObject({ checks }).prefault({}),
  output: z
    .strictObject({
      checks,
      /**
       * How a streamed answer passes: `stream` as it comes, but for what may still become a finding; `buffered` once all of it
       * has come. Checks that need whole sentences or all of it hold back that much in either case.
       */
      mode: z.enum(['stream', 'buffered']).default('stream'),
    })
    .prefault({}),
  /** How a denial is told: 400 `content_policy_violation`, or 446 as Portkey does. */
  denial: z.enum(['content_policy_violation', 'portkey']).default('content_policy_violation'),
  /** What holds where no guardrails service answers: that requests are refused, or that they go on unscreened. */
  on_unavailable: z.enum(['deny', 'allow']).default('deny'),
});

export type Policy = z.output<typeof policySchema>;
export type Check = z.output<typeof checkSchema>;
export type CheckType = Check['type'];
export type Direction = 'input' | 'output';
