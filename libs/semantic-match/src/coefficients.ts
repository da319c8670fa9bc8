import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { featureNames } from './features.ts';

const languageCoefficientsSchema = z.object({
  intercept: z.number(),
  weights: z.record(z.enum(featureNames), z.number()),
  /**
   * What serving everything from this score on has been worth: pairs of a score (log odds) and the lower bound of the share of right
   * answers, both rising.
   */
  servedPrecision: z.array(z.tuple([z.number(), z.number().min(0).max(1)])).min(1),
});

export type LanguageCoefficients = z.output<typeof languageCoefficientsSchema>;

export const coefficientsSchema = z.object({
  version: z.int().positive(),
  /** The command that makes the file again. */
  madeBy: z.string(),
  /** Where the similarity comes from: the embedder's vectors, or the characters of the two texts. */
  similarity: z.enum(['embedder', 'text']),
  languages: z.object({ en: languageCoefficientsSchema, vi: languageCoefficientsSchema }),
});

export type Coefficients = z.output<typeof coefficientsSchema>;

/** The files of them. */
export type CoefficientsName = 'multilingual-e5-small' | 'text-alone';

/**
 * An embedder that has not been calibrated finds candidates, and its similarities count for nothing: they are judged by their texts alone,
 * as those of `builtin` are.
 */
export function coefficientsNameFor(embedderId: string): CoefficientsName {
  return embedderId.includes('multilingual-e5-small') ? 'multilingual-e5-small' : 'text-alone';
}

/** Reads a file: once, at start. */
export function coefficientsFor(embedderId: string): Coefficients {
  const file = new URL(`./coefficients/${coefficientsNameFor(embedderId)}.json`, import.meta.url);
  return coefficientsSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
}
