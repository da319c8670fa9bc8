import { z } from 'zod';
import { namePatternSchema } from '../access-policy.ts';
import { bucket, type ValueOf } from '../bucket.ts';
import { arrayOf } from '../collections.ts';

/**
 * What a request may be answered from: nothing that was kept, an answer to the very same request, or one to a question that means
 * the same. Each includes the ones before.
 */
export const cacheModes = ['off', 'exact', 'semantic'] as const;

export const cacheModeSchema = z.enum(cacheModes);

export type CacheMode = z.output<typeof cacheModeSchema>;

/** Who may be answered from an entry that somebody else's request has made: an organisation's keys, unless a rule says otherwise. */
export const cacheSharingSchema = z.enum(['key', 'team', 'organisation', 'everyone']);

export type CacheSharing = z.output<typeof cacheSharingSchema>;

/** Chosen by callers, to keep applications of one organisation apart. */
export const cacheNamespaceSchema = z.string().regex(/^[\x21-\x7e]{1,128}$/, {
  error: 'must be 1 to 128 printable ASCII characters, without white space',
});

const seconds = z.int().min(0).max(31_536_000);
const ids = arrayOf(z.string().min(1).max(64)).min(1).max(256);

/** Which requests a rule is about: those for which every list that is there has the request's own. */
const matchSchema = z.strictObject({
  organisations: ids.optional(),
  teams: ids.optional(),
  keys: ids.optional(),
  /** As the caller names them. */
  models: arrayOf(namePatternSchema).min(1).max(256).optional(),
  namespaces: arrayOf(cacheNamespaceSchema).min(1).max(256).optional(),
});

export const cacheRuleSchema = z
  .strictObject({
    name: z.string().min(1).max(64),
    match: matchSchema.default({}),
    /** For requests that say nothing themselves, nor by their key or routing config. */
    default: cacheModeSchema.default('off'),
    /** The most that a request may ask for: `off` forbids the cache. */
    allow: cacheModeSchema.default('semantic'),
    /** `shadow` decides and records what would be served, and serves nothing of it. */
    semantic: z.enum(['off', 'shadow', 'on']).default('on'),
    ttl_seconds: seconds.min(1).default(86_400),
    /** The longest that a request or a routing config may ask for. */
    max_ttl_seconds: seconds.min(1).default(2_592_000),
    /** For so long after its time an entry is served while a new answer is fetched; not at all by default. */
    stale_while_revalidate_seconds: seconds.default(0),
    /** A semantic answer is served where it is right with at least this probability. */
    accuracy_target: z.number().min(0.5).max(0.9999).default(0.97),
    /** Requests with a higher one get no semantic answer; one that names none has 1. */
    max_temperature: z.number().min(0).max(2).default(1),
    /** The share of semantic hits that go to the provider all the same, to see whether they would have been right. */
    shadow_check_rate: z.number().min(0).max(1).default(0.02),
    /** How long a request waits for the same one that is under way; 0 is not at all. */
    single_flight_ms: z.int().min(0).max(60_000).default(5_000),
    shared_by: cacheSharingSchema.default('organisation'),
  })
  .superRefine((rule, context) => {
    if (cacheModes.indexOf(rule.default) > cacheModes.indexOf(rule.allow))
      context.addIssue({ code: 'custom', path: ['default'], message: 'must not be more than "allow"' });
    if (rule.ttl_seconds > rule.max_ttl_seconds)
      context.addIssue({
        code: 'custom',
        path: ['ttl_seconds'],
        message: 'must not be more than "max_ttl_seconds"',
      });
  });

export type CacheRule = z.output<typeof cacheRuleSchema>;

/** The first rule that matches a request holds for it. */
export const cacheRuleListSchema = arrayOf(cacheRuleSchema)
  .max(256)
  .refine((rules) => new Set(rules.map(({ name }) => name)).size === rules.length, {
    error: 'must have a name each',
  });

/** What holds for requests that no rule matches: nothing is kept until a key, a config or a request asks for it. */
export const defaultCacheRule: CacheRule = cacheRuleSchema.parse({ name: 'default' });

/** What holds where the rules are not known: one of them may forbid the cache. */
export const unknownCacheRule: CacheRule = cacheRuleSchema.parse({ name: 'unreadable', allow: 'off' });

/** The one list of rules, under the key `rules`. While it cannot be read the cache is off: see `unknownCacheRule`. */
export const cacheRules = bucket('cache-rules', {
  value: z.strictObject({ rules: cacheRuleListSchema, updatedAtMs: z.int().nonnegative() }),
  history: 64,
  storage: 'file',
});

export const cacheRulesKey = 'rules';

export type StoredCacheRules = ValueOf<typeof cacheRules>;
