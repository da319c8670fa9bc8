import { z } from 'zod';
import { arrayOf } from './collections.ts';

/** A name in which `*` stands for any characters: `gpt-5*`, `anthropic/*`, `*`. */
export const namePatternSchema = z.string().regex(/^[\x21-\x7e]{1,256}$/, {
  error: 'must be 1 to 256 printable ASCII characters, without white space',
});

/**
 * A host as URLs have it, with a port where it is not the scheme's own; `*.` in its place at the beginning stands for every
 * name that ends so, `*` in that of the port for every port, and `*` alone for every host.
 */
export const hostPatternSchema = z
  .string()
  .max(256)
  .toLowerCase()
  .regex(/^(\*|((\*\.)?[a-z0-9_-]+(\.[a-z0-9_-]+)*|\[[0-9a-f:.]+\])(:(\d{1,5}|\*))?)$/, {
    error: 'must be a host as "llm.example.com", "*.example.com:8443" or "*", without a scheme or a path',
  });

const patterns = arrayOf(namePatternSchema).max(256);

/**
 * What callers may ask for, as those who verify keys keep it. A list that is not there allows everything, and an empty one
 * nothing. What a stored config does is its author's decision: models and hosts in it are not held against these.
 */
export const accessPolicySchema = z.strictObject({
  /** Models, by the name that a caller says, or by the one that the provider is asked for, with or without `<provider>/`. */
  models: patterns.optional(),
  /** Names of providers. They hold for stored configs too: a target at another provider is passed over. */
  providers: patterns.optional(),
  /** Names of stored configs that a request may choose by itself. */
  configs: patterns.optional(),
  /** Whether a request may bring a config of its own. */
  inlineConfigs: z.boolean(),
  /** Hosts that a config in a request may send it to: `llm.example.com`, `*.example.com:8443`, `*` for any. */
  customHosts: patterns.optional(),
});

export type AccessPolicy = z.output<typeof accessPolicySchema>;

/**
 * What of the policies the router has to hold a request to: each a conjunction of lists, of every one of which a pattern has
 * to match. Absent where nothing is restricted.
 */
export const routingAccessSchema = z.strictObject({
  models: arrayOf(patterns).optional(),
  providers: arrayOf(patterns).optional(),
  customHosts: arrayOf(patterns).optional(),
});

export type RoutingAccess = z.output<typeof routingAccessSchema>;
