import { readFileSync } from 'node:fs';
import type { WordPattern } from './word-matcher.ts';

export type WordList = 'vi' | 'en';

/**
 * The words of a list that comes with Weir. A line is a word or a phrase, `#` begins a comment. In Vietnamese marks tell words
 * apart: `=` before a word means that only with its own marks it is that word (without them `lồn` is a can, and `buồi` a session or a
 * fruit), others are found without them too. English has none, so that marks are only there to evade.
 */
export function listedWords(list: WordList): readonly WordPattern[] {
  const lines = readFileSync(new URL(`./${list}.txt`, import.meta.url), 'utf8').split('\n');
  return lines
    .map((line) => line.replace(/#.*/, '').trim())
    .filter((line) => line !== '')
    .map((line) => ({
      word: line.replace(/^=/, ''),
      marks: list === 'en' ? 'any' : line.startsWith('=') ? 'same' : 'fewer',
      evasions: true,
    }));
}
