import { arrayOf } from '@weir/contracts/collections';
import { nanoUsdSchema } from '@weir/contracts/cost/money';
import { cacheEntryIdSchema } from '@weir/contracts/cache/lookup';
import { cacheSharingSchema } from '@weir/contracts/cache/rules';
import { usageRecordSchema } from '@weir/contracts/usage-record';
import { z } from 'zod';

/** What is known of an entry but for what it says. Times are Unix time. */
export const entryMetaSchema = z.object({
  id: cacheEntryIdSchema,
  /** Whose request has made it. */
  organisation: z.string(),
  teamId: z.string().optional(),
  keyId: z.string().optional(),
  /** Who may be answered from it. */
  sharedBy: cacheSharingSchema,
  namespace: z.string().optional(),
  /** As the caller named it. */
  model: z.string(),
  provider: z.string(),
  modelServed: z.string(),
  isKnownModel: z.boolean().optional(),
  /** What its provider does not know, and was left out of the request. */
  warnings: arrayOf(z.string()).optional(),
  /** Of entries that the semantic tier knows: where it is found, and by what. */
  partition: z.string().optional(),
  question: z.string().optional(),
  /** When its request came: purges go by it, since the answer may have been under way when one was made. */
  askedAtMs: z.int(),
  createdAtMs: z.int(),
  expiresAtMs: z.int(),
  /** Until when it may be served while a new answer is fetched; no sooner than it expires. */
  staleUntilMs: z.int(),
  usage: usageRecordSchema,
  /** Absent where the model has no price. */
  costNanoUsd: nanoUsdSchema.optional(),
  /** How long the provider took. */
  latencyMs: z.number().nonnegative(),
  /** What it takes in Redis, roughly, with what it takes in indexes. */
  bytes: z.int().nonnegative(),
});

export type EntryMeta = z.output<typeof entryMetaSchema>;

export interface ListedEntry {
  readonly meta: EntryMeta;
  /** How often it was served; behind by what the replicas have not written yet. */
  readonly hits: number;
}

export interface Entry extends ListedEntry {
  /** The JSON of a `chat.completion`. */
  readonly completion: string;
  readonly evidence: readonly Observation[];
}

/** Whether the entry's answer served a question as near as this. */
export interface Observation {
  readonly similarity: number;
  readonly correct: boolean;
}

/** An observation in Redis: seven characters each, so that the newest are kept by length. */
export function writeObservation({ similarity, correct }: Observation): string {
  const digits = Math.round(Math.min(1, Math.max(0, similarity)) * 100_000);
  return `${String(digits).padStart(6, '0')}${correct ? 1 : 0}`;
}

export const observationLength = 7;

export function readObservations(text: string): Observation[] {
  const found = text.match(/\d{7}/g) ?? [];
  return found.map((digits) => ({
    similarity: Number(digits.slice(0, 6)) / 100_000,
    correct: digits.endsWith('1'),
  }));
}
