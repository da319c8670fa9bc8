import { z } from 'zod';
import { hostPatternSchema, namePatternSchema } from '../access-policy.ts';
import { arrayOf } from '../collections.ts';

/** Every ingress keeps each list in memory, and it travels with each request of the key. */
const maxListCharacters = 8_192;

const listOf = (pattern: z.ZodType<string>) =>
  arrayOf(pattern)
    .max(256)
    .refine((list) => list.reduce((sum, { length }) => sum + length, 0) <= maxListCharacters, {
      error: `must have at most ${maxListCharacters} characters in all`,
    });

const patterns = listOf(namePatternSchema);

/**
 * What a key, or every key of an organisation, may ask for. `null` allows everything, an empty list nothing. Both have to
 * allow a request: what an organisation forbids none of its keys may do.
 */
export const accessFields = {
  /** `gpt-5*`, `anthropic/*`: by the name that callers say, or by the one at the provider. */
  allowed_models: patterns.nullable(),
  /** Also for the targets of stored configs. */
  allowed_providers: patterns.nullable(),
  /** Stored configs that requests may name, besides the one that the key is bound to. */
  allowed_configs: patterns.nullable(),
  /** Whether requests may bring a config of their own. */
  inline_configs: z.boolean(),
  /** Hosts that configs in requests may send them to: `llm.example.com`, `*.example.com:8443`, `*`. */
  custom_hosts: listOf(hostPatternSchema).nullable(),
};

export const accessSchema = z.object(accessFields);

export type AccessFields = z.output<typeof accessSchema>;
