import { decideSemanticHit } from '@weir/semantic-match/decide';
import type { Coefficients } from '@weir/semantic-match/coefficients';
import { WordFrequencies } from '@weir/semantic-match/word-frequencies';
import type { QuestionClass } from './data-set.ts';
import { type Query, traceOf, VectorTrace } from './trace.ts';
import type { Vectors } from './vectors.ts';

export interface Outcome extends Query {
  readonly result: 'exact' | 'semantic' | 'grey' | 'miss' | 'vetoed';
  readonly servedClass?: string;
  readonly servedQuestion?: string;
  readonly decisionMs: number;
  /** Whether its class had been answered before: no cache could do better. */
  readonly reusable: boolean;
}

export interface TraceParts {
  readonly vectors: Vectors;
  readonly coefficients: Coefficients;
  readonly accuracyTarget: number;
}

/** Requests one after another: a hit serves what it hit, a miss is answered by the model, and stored with its class. */
export function runTrace(classes: readonly QuestionClass[], seed: number, parts: TraceParts): Outcome[] {
  const { vectors, coefficients, accuracyTarget } = parts;
  const stored = new VectorTrace(vectors);
  const frequencies = new WordFrequencies();
  const exact = new Map<string, string>();
  const answered = new Set<string>();
  return traceOf(classes, seed).map((query): Outcome => {
    const { question, className } = query;
    const reusable = answered.has(className);
    answered.add(className);
    const key = question.normalize('NFC').replaceAll(/\s+/gu, ' ').trim();
    const known = exact.get(key);
    if (known !== undefined)
      return {
        ...query,
        reusable,
        result: 'exact',
        servedClass: known,
        servedQuestion: question,
        decisionMs: 0,
      };
    const candidates = stored.nearest(question, 5);
    const startedAt = performance.now();
    const decision = decideSemanticHit({
      question,
      candidates,
      coefficients,
      frequencies,
      accuracyTarget,
      random: 0.5,
    });
    const decisionMs = performance.now() - startedAt;
    if (decision.kind === 'hit') {
      const { className: servedClass, question: servedQuestion } = decision.candidate;
      return { ...query, reusable, result: 'semantic', servedClass, servedQuestion, decisionMs };
    }
    stored.store(query);
    frequencies.add(question);
    exact.set(key, className);
    const result = decision.kind === 'grey' ? 'grey' : decision.veto === undefined ? 'miss' : 'vetoed';
    return { ...query, reusable, result, decisionMs };
  });
}
