import { z } from 'zod';
import { arrayOf } from '../collections.ts';
import { actionSchema } from './policy.ts';

/** What a check has found in a request or in an answer, without any of it. */
export const screeningEntrySchema = z.object({
  direction: z.enum(['input', 'output']),
  /** The check's id. */
  check: z.string(),
  action: actionSchema,
  /** What kind of thing was found: an entity, a list, a pattern's name, a category. */
  rule: z.string(),
  count: z.int().positive(),
});

/** What guardrails have done with a request or an answer, which becomes `x-weir-guardrails`. */
export const screeningSummarySchema = z.object({
  /** By which policies. */
  policies: arrayOf(z.string()),
  entries: arrayOf(screeningEntrySchema).max(256),
  /** Checks that failed or were late, by their ids, where they were passed over. */
  failed: arrayOf(z.string()).max(64).optional(),
  /** Nobody could screen, and the policies let requests go on then. */
  isBypassed: z.boolean().optional(),
});

export type ScreeningEntry = z.output<typeof screeningEntrySchema>;
export type ScreeningSummary = z.output<typeof screeningSummarySchema>;

/** What was done, without any of what was found: `input pii redact email=2 phone=1; output pii report email=1`. */
export function screeningText({ entries, failed = [], isBypassed = false }: ScreeningSummary): string {
  const groups = Map.groupBy(entries, ({ direction, check, action }) => `${direction} ${check} ${action}`);
  const parts = isBypassed
    ? ['bypassed']
    : [...groups].map(([group, found]) =>
        [group, ...found.map(({ rule, count }) => `${rule}=${count}`)].join(' '),
      );
  if (failed.length > 0) parts.push(`failed ${failed.join(' ')}`);
  return parts.length === 0 ? 'none' : parts.join('; ');
}

/** So many policies a request's header may name, and so many of each side its routing config may ask for. */
export const maxPoliciesNamed = 8;

/** All of those, and those of the key and its organisation. */
const policyNames = arrayOf(z.string().max(64)).max(2 * maxPoliciesNamed + 2);

/** Which policies a request is screened by. It travels in the envelope. */
export const screeningOrderSchema = z.object({
  input: policyNames,
  output: policyNames,
  /** Whether the client reads Portkey's statuses, so that a denial is a 446. */
  speaksPortkey: z.boolean().optional(),
});

export type ScreeningOrder = z.output<typeof screeningOrderSchema>;
