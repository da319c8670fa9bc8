import { expect, test } from 'vitest';
import type { Outcome } from './evaluate.ts';
import { figuresOf } from './figures.ts';
import { runTrace } from './evaluate.ts';
import { coefficientsFor } from '@weir/semantic-match/coefficients';

const classes = [
  { name: 'reset', questions: ['How do I reset my password?', 'How can I reset my password?'] },
  { name: 'train', questions: ['When does the last train to Hanoi leave?'] },
];
const vector = (first: number) => Float32Array.from([first, Math.sqrt(1 - first * first), 0, 0]);
const vectors = { timesMs: [], of: (text: string) => vector(text.includes('password') ? 1 : 0.1) };
const parts = { vectors, coefficients: coefficientsFor('multilingual-e5-small'), accuracyTarget: 0.9 };

test('a trace tells what could be answered again, and what was', () => {
  const outcomes = runTrace(classes, 1, parts);
  expect(outcomes.filter(({ reusable }) => reusable)).toHaveLength(1);
  expect(figuresOf([outcomes])).toMatchObject({
    requests: 3,
    hits: 1,
    precision: 1,
    wrongPerRequest: 0,
    hitsOfCeiling: 1,
  });
});

test('a hit that serves the answer of another class is wrong', () => {
  const right: Outcome = {
    question: 'a',
    className: 'x',
    servedClass: 'x',
    result: 'semantic',
    decisionMs: 1,
    reusable: true,
  };
  const wrong: Outcome = { ...right, className: 'y' };
  const miss: Outcome = { question: 'b', className: 'z', result: 'miss', decisionMs: 1, reusable: false };
  const { precision, hitRate, wrongPerRequest, precisionInterval } = figuresOf([
    [right, right, right, wrong, miss, miss, miss, miss],
  ]);
  expect({ precision, hitRate, wrongPerRequest }).toEqual({
    precision: 0.75,
    hitRate: 0.5,
    wrongPerRequest: 0.125,
  });
  expect(precisionInterval[0]).toBeLessThan(0.75);
});

test('the same question again is an exact hit', () => {
  const twice = [{ name: 'reset', questions: ['How do I reset it?', 'How do I  reset it?'] }];
  expect(runTrace(twice, 1, parts).map(({ result }) => result)).toEqual(['miss', 'exact']);
});
