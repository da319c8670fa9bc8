import { arrayOf } from '@weir/contracts/collections';
import { entitySchema } from '@weir/contracts/guardrails/entities';
import { actionSchema } from '@weir/contracts/guardrails/policy';
import { z } from 'zod';
import type { Finding } from '../domain/check.ts';

export type CheckFailure = 'error' | 'timeout' | 'invalid_result';

/** A check that failed. It repeats nothing of what was checked. */
export class CheckError extends Error {
  readonly reason: CheckFailure;

  constructor(reason: CheckFailure) {
    super(`The check failed: ${reason}.`);
    this.reason = reason;
  }
}

const findingSchema = z.object({
  text: z.int().nonnegative().optional(),
  span: z.object({ start: z.int().nonnegative(), end: z.int() }).optional(),
  rule: z.string().min(1).max(256),
  entity: entitySchema.optional(),
  tier: z.union([z.literal(1), z.literal(2)]).optional(),
  score: z.number().min(0).max(1),
  action: actionSchema,
});

const findingsSchema = arrayOf(findingSchema);

/** Findings that lie within the texts. What replaces or masks has to say where. */
export function validFindings(findings: unknown, lengths: readonly number[]): readonly Finding[] {
  if (Array.isArray(findings) && findings.length === 0) return [];
  const parsed = findingsSchema.safeParse(findings);
  if (!parsed.success) throw new CheckError('invalid_result');
  for (const { text, span, action } of parsed.data) {
    const length = lengths[text ?? 0];
    const isPlaced = !span || (span.start < span.end && length !== undefined && span.end <= length);
    const isText = text === undefined || text < lengths.length;
    const isWhole = !span && action !== 'report' && action !== 'deny';
    if (!isPlaced || !isText || isWhole) throw new CheckError('invalid_result');
  }
  return findings as readonly Finding[];
}
