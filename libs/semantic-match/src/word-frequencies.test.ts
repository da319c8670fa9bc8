import { expect, test } from 'vitest';
import { WordFrequencies } from './word-frequencies.ts';

/** A word of letters alone. */
const nameOf = (index: number) =>
  `z${String(index).replaceAll(/\d/gu, (digit) => 'bdfghjklmn'.charAt(Number(digit)))}`;

test('a word of every question tells less than one of a single question', () => {
  const frequencies = new WordFrequencies();
  for (let index = 0; index < 3_000; index += 1) frequencies.add(`How do I use Weir for ${nameOf(index)}?`);
  expect(frequencies.idfOf('weir')).toBeLessThan(0.1);
  expect(frequencies.idfOf(nameOf(7))).toBeGreaterThan(4);
  expect(frequencies.idfOf('unheard')).toBeGreaterThan(frequencies.idfOf(nameOf(7)));
});

test('a word counts once a question, in either case', () => {
  const frequencies = new WordFrequencies();
  frequencies.add('Weir weir WEIR');
  const once = new WordFrequencies();
  once.add('weir');
  expect(frequencies.idfOf('weir')).toBe(once.idfOf('weir'));
});

test('however many questions come, counts stay bounded, and what is asked often stays known', () => {
  const frequencies = new WordFrequencies();
  for (let index = 0; index < 20_000; index += 1) frequencies.add(`often ${nameOf(index)}`);
  expect(frequencies.size).toBeLessThan(5_000);
  expect(frequencies.idfOf('often')).toBeLessThan(0.2);
  expect(frequencies.idfOf(nameOf(1))).toBeGreaterThan(7);
});

test('before there are questions a word of grammar tells less than another', () => {
  const frequencies = new WordFrequencies();
  expect(frequencies.idfOf('how')).toBeLessThan(frequencies.idfOf('password') / 2);
});
