import fc from 'fast-check';
import { expect, test } from 'vitest';
import { coefficientsFor } from './coefficients.ts';
import { featuresOfCandidates } from './decide.ts';
import { estimateCorrectness } from './verifier.ts';
import { WordFrequencies } from './word-frequencies.ts';

const coefficients = coefficientsFor('multilingual-e5-small');
const frequencies = new WordFrequencies();
const word = fc.constantFrom(
  'how',
  'can',
  'i',
  'open',
  'a',
  'savings',
  'account',
  'mở',
  'thẻ',
  'bao',
  'nhiêu',
  '10',
  'Hanoi',
);
const question = fc.array(word, { minLength: 1, maxLength: 12 }).map((words) => words.join(' '));
const similarity = fc.double({ min: 0.6, max: 1, noNaN: true });
const languages = ['en', 'vi', 'other'] as const;

function estimates(asked: string, stored: readonly { question: string; similarity: number }[]) {
  const candidates = stored.map((candidate, index) => ({ ...candidate, id: String(index) }));
  const [features] = featuresOfCandidates({ question: asked, candidates, frequencies, coefficients });
  if (features === undefined) throw new Error('a candidate has features');
  return languages.map((language) => estimateCorrectness(features, coefficients, language));
}

test('a more similar question is never held for a worse one', () => {
  const others = fc.array(fc.record({ question, similarity }), { maxLength: 4 });
  fc.assert(
    fc.property(question, question, similarity, similarity, others, (asked, stored, one, two, rest) => {
      const [low, high] = [Math.min(one, two), Math.max(one, two)].map((value) =>
        estimates(asked, [{ question: stored, similarity: value }, ...rest]),
      );
      for (const [index, { probability, lowerBound }] of (low ?? []).entries()) {
        expect(high?.[index]?.probability).toBeGreaterThanOrEqual(probability);
        expect(high?.[index]?.lowerBound).toBeGreaterThanOrEqual(lowerBound);
      }
    }),
  );
});

test('a language without coefficients of its own is judged as cautiously as any', () => {
  fc.assert(
    fc.property(question, question, similarity, (asked, stored, value) => {
      const bounds = estimates(asked, [{ question: stored, similarity: value }]).map(
        ({ lowerBound }) => lowerBound,
      );
      expect(bounds[2]).toBe(Math.min(...bounds));
    }),
  );
});

test('what is served for a higher target is served for a lower one', () => {
  for (const { servedPrecision } of Object.values(coefficients.languages)) {
    const [scores, levels] = [
      servedPrecision.map(([score]) => score),
      servedPrecision.map(([, level]) => level),
    ];
    expect(scores).toEqual([...scores].sort((left, right) => left - right));
    expect(levels).toEqual([...levels].sort((left, right) => left - right));
  }
});
