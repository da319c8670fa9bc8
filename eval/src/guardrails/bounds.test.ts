import { findPersonalData } from '@weir/pii/find-personal-data';
import { expect, test } from 'vitest';
import { describeErrors } from './describe.ts';
import { developmentSet } from './development-set.ts';
import { type Detector, evaluate } from './evaluate.ts';
import { generateTexts } from './generator/generate.ts';
import type { LabelledText } from './labelled-text.ts';
import { maxFalseDenials } from './measures.ts';

const balanced: Detector = (text, form) =>
  findPersonalData(text, { level: 'balanced', isJson: form === 'json' });

function expectBounds(texts: readonly LabelledText[]): void {
  const { tierOne, falseDenials, negativeTexts, errors } = evaluate(texts, balanced);
  expect(tierOne.spans).toBeGreaterThan(50);
  expect(tierOne.recall, describeErrors(errors, 10)).toBe(1);
  expect(negativeTexts).toBeGreaterThan(20);
  expect(falseDenials, describeErrors(errors, 10)).toBeLessThan(maxFalseDenials);
}

test('in the development set all of tier 1 is found, and under 1% of what is no personal data is denied', () => {
  expectBounds(developmentSet());
});

/** All of them take half a minute: `npm run eval:guardrails`. */
const everyNth = 29;

test('in generated texts all of tier 1 is found in every evasion, and under 1% of what is no personal data is denied', () => {
  const texts = generateTexts(2).filter((_, index) => index % everyNth === 0);
  expectBounds(texts);
  expect(new Set(texts.map(({ variant }) => variant)).size).toBeGreaterThan(25);
});

test('the same seed makes the same texts, each with its spans where they are', () => {
  const [first, second] = [generateTexts(3), generateTexts(3)].map((texts) => texts.slice(0, 500));
  expect(first).toEqual(second);
  for (const { text, spans } of first ?? []) {
    for (const { start, end } of spans) expect(text.slice(start, end)).toMatch(/^\S.*\S$/su);
  }
});
