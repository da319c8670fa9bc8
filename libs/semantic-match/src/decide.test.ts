import { expect, test } from 'vitest';
import { coefficientsFor } from './coefficients.ts';
import { type Candidate, decideSemanticHit, type SemanticQuery } from './decide.ts';
import { WordFrequencies } from './word-frequencies.ts';

const coefficients = coefficientsFor('multilingual-e5-small');
/** Of a partition in which other things have been asked: without it all words count as common. */
const frequencies = new WordFrequencies();
for (let index = 0; index < 500; index += 1) frequencies.add(`How do I word${index} a thing${index}?`);

const question = 'How do I renew a passport that has expired?';
const paraphrase = { id: 'renewal', question: 'How can I renew an expired passport?', similarity: 0.985 };
const unrelated = { id: 'tyres', question: 'What pressure do my tyres need?', similarity: 0.79 };

function decide(candidates: readonly Candidate[], changed: Partial<SemanticQuery<Candidate>> = {}) {
  return decideSemanticHit({
    question,
    candidates,
    coefficients,
    frequencies,
    accuracyTarget: 0.97,
    random: 0.5,
    ...changed,
  });
}

test('the same question is a hit', () => {
  const same = { id: 'same', question, similarity: 1 };
  expect(decide([same, unrelated])).toMatchObject({ kind: 'hit', candidate: same });
});

test('a close paraphrase is a hit, with what its answer is expected to be worth', () => {
  const decision = decide([paraphrase, unrelated]);
  expect(decision).toMatchObject({ kind: 'hit', candidate: { id: 'renewal' } });
  if (decision.kind !== 'hit') return;
  expect(decision.lowerBound).toBeGreaterThanOrEqual(0.97);
  expect(decision.probability).toBeGreaterThan(0.8);
});

test('another question is a miss, and so is none', () => {
  expect(decide([unrelated])).toEqual({ kind: 'miss' });
  expect(decide([])).toEqual({ kind: 'miss' });
});

test('a target that was never reached is never met', () => {
  expect(decide([paraphrase, unrelated], { accuracyTarget: 0.9999 })).toMatchObject({
    kind: 'grey',
    because: 'uncertain',
  });
});

test('an entry that has been wrong as often as right is not served, however sure the verifier is', () => {
  const evidence = [0.97, 0.971, 0.972, 0.973, 0.974, 0.975].map((similarity, index) => ({
    similarity,
    correct: index % 2 === 0,
  }));
  expect(decide([{ ...paraphrase, evidence }])).toMatchObject({ kind: 'grey', because: 'evidence' });
});

test('an entry that has always been right goes on being served', () => {
  const evidence = [0.97, 0.971, 0.972, 0.973, 0.974, 0.975].map((similarity) => ({
    similarity,
    correct: true,
  }));
  expect(decide([{ ...paraphrase, evidence }])).toMatchObject({ kind: 'hit' });
});

test('an embedder without coefficients of its own only finds candidates: what it says of their similarity counts for nothing', () => {
  const uncalibrated = coefficientsFor('http:some-model');
  const [far, near] = [0.2, 0.999].map((similarity) => {
    const decision = decide([{ ...paraphrase, similarity }], { coefficients: uncalibrated });
    return [decision.kind, 'probability' in decision && decision.probability];
  });
  expect(far).toEqual(near);
});
