import { normalised } from '@weir/service-kit/normalised-text';
import { indexOfText, isPeriodic } from './text-search.ts';

/** Whether the text has the overlap elsewhere too, or the overlap is one thing again and again: tables, code, refrains. */
export function repeatsItself(sent: string, overlap: string): boolean {
  return isPeriodic(overlap) || indexOfText(sent, overlap) < sent.length - overlap.length;
}

/** Longer beginnings than this are the same by no chance, even where a new sentence begins, in characters. */
const chanceLength = 40;

/** In other capitals and marks a text's subject may well come again where a sentence goes on: that many letters do not. */
const tellingLetters = 24;

/** Whether the continuation begins as the whole answer did, without being the same. */
export function isBegunAnew(sent: string, come: string): boolean {
  const same = commonLength(sent, come);
  const [letters, comeLetters] = [lettersOf(sent), lettersOf(come)];
  const sameLetters = commonLength(letters, comeLetters);
  const isTold = isTelling(sent.slice(0, same)) || sameLetters >= tellingLetters;
  // A refrain, which the answer itself begins with more than once.
  if (!isTold || indexOfText(letters, letters.slice(0, sameLetters), 1) !== -1) return false;
  // Sentences and lines may well begin alike, but not in the middle of another one.
  const isMidSentence = isWordCharacter(sent.at(-1)) || /[,;] ?$|[\p{L}\p{N}] $/u.test(sent.slice(-3));
  return isMidSentence || same >= chanceLength;
}

function commonLength(one: string, other: string): number {
  let same = 0;
  while (same < one.length && one[same] === other[same]) same++;
  return same;
}

/**
 * How long the beginning of `come` is that says all of `sent` in another spelling, with the white space and signs that `sent`
 * ends in; 0 where it says something else, or where the text says one thing again and again.
 */
export function lengthOfRespelt(sent: string, letters: string, come: string): number {
  if (!lettersOf(come).startsWith(letters) || isPeriodic(letters)) return 0;
  let { count, length } = wholeParts(come, letters.length);
  for (const character of come.slice(length)) {
    if (count >= letters.length && !/\p{M}/u.test(character)) break;
    count += lettersOf(character).length;
    length += character.length;
  }
  const rest = come.slice(length);
  const [tail = ''] = /(?<![^\p{L}\p{M}\p{N}])[^\p{L}\p{M}\p{N}]*$/u.exec(sent.slice(-maxTailLength)) ?? [];
  if (rest.startsWith(tail)) return length + tail.length;
  return tail.trim() === '' ? come.length - rest.trimStart().length : length;
}

/** In characters. */
const partLength = 1_024;

/** How many letters the parts have with which a text begins, and how long they are together, up to fewer than `most` letters. */
function wholeParts(text: string, most: number): { count: number; length: number } {
  let [count, length] = [0, 0];
  while (length < text.length) {
    const end = length + partLength;
    // Not between the halves of a character.
    const part = text.slice(length, isHighSurrogate(text.charAt(end - 1)) ? end + 1 : end);
    const { length: letters } = lettersOf(part);
    if (count + letters >= most) break;
    count += letters;
    length += part.length;
  }
  return { count, length };
}

/** Signs and white space at the end of what was sent, in characters. */
const maxTailLength = 64;

/** What is left of a text where its spelling, its marks and all between its words are left out. */
export function lettersOf(text: string): string {
  return normalised(text, 'NFKD')
    .replace(/[^\p{L}\p{N}]+/gu, '')
    .toLowerCase();
}

const wordCharacter = /[\p{L}\p{M}\p{N}]/u;

export function isWordCharacter(character: string | undefined): boolean {
  return character !== undefined && wordCharacter.test(character);
}

/** Scripts that write no space between words: there a word may well come twice in a row. */
const unspaced =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/gu;

export function isOfSpacedWord(character: string | undefined): boolean {
  return isWordCharacter(character) && character?.search(unspaced) === -1;
}

export const isHighSurrogate = (text: string) => /^[\ud800-\udbff]$/.test(text);

/** This many letters do not come again by chance. */
const tellingLength = 8;

/** Whether a text is long enough not to come again by chance. */
export function isTelling(text: string): boolean {
  const words = text.match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
  const length = words.reduce((sum, word) => sum + word.length, 0);
  return length >= tellingLength || (length >= 6 && words.length >= 2);
}

/** The same of a text whose characters are syllables or words. */
export function isTellingWithoutSpaces(text: string): boolean {
  return (text.match(unspaced) ?? []).length >= tellingLength / 2;
}
