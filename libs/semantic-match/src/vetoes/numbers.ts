import type { Token } from '../tokens.ts';
import {
  englishUnits,
  vietnameseUnits,
  plainVietnameseUnits,
  multipliers,
  joiners,
  counted,
  ambiguous,
  roman,
} from './number-words.ts';

/** A number in a text: how it is written does not matter, its value does. */
export interface FoundNumber {
  /** Digits, with "." before decimals: "1000000", "3.10" (which is not 3.1: it may be a version). */
  readonly value: string;
  /** The token behind its last. */
  readonly next: number;
  /** "one" and "một" alone count nothing: they are articles as well. */
  readonly weak: boolean;
}

/** The number that begins at a token, if one does. */
export function numberAt(
  tokens: readonly Token[],
  start: number,
  language: 'en' | 'vi',
  plain: boolean,
): FoundNumber | undefined {
  const first = tokens[start];
  if (first === undefined || first.kind === 'sign') return undefined;
  const romanValue = first.kind === 'word' ? roman.get(first.written) : undefined;
  if (romanValue !== undefined) return { value: String(romanValue), next: start + 1, weak: false };
  let total = 0;
  let current: number | undefined;
  let text: string | undefined;
  let next = start;
  for (; next < tokens.length && next < start + 16; next += 1) {
    const token = tokens[next];
    if (token === undefined) break;
    const multiplier = multiplierOf(token, plain);
    if (multiplier !== undefined && current !== undefined) {
      const scaled = multiplier >= 1000 ? total + current * multiplier : current * multiplier;
      // "1tr5" is a million and a half.
      const tail = tokens[next + 1];
      if (multiplier >= 1000) {
        total = scaled;
        current = 0;
        if (tail?.kind === 'number' && tail.joined && /^\d$/u.test(tail.word)) {
          total += (Number(tail.word) * multiplier) / 10;
          next += 1;
        } else if (tail?.plain === 'ruoi') {
          total += multiplier / 2;
          next += 1;
        }
      } else current = scaled;
      text = undefined;
      continue;
    }
    if (token.kind === 'number') {
      if (current !== undefined && (next > start + 1 ? current !== 0 || total === 0 : true)) break;
      const digits = decimalOf(token.word, language);
      current = Number(digits);
      text = total === 0 ? digits : undefined;
      if (Number.isNaN(current) || digits.length > 15) {
        next += 1;
        break;
      }
      continue;
    }
    if (
      current !== undefined &&
      (joiners.has(token.word) || (language === 'en' && token.word === 'and' && current >= 100))
    ) {
      if (unitOf(tokens, next + 1, language, plain, true) === undefined) break;
      continue;
    }
    const unit = unitOf(tokens, next, language, plain, current !== undefined);
    if (unit === undefined) break;
    if (current === undefined) current = unit;
    else if (unit < 10 && current >= 10 && current % 10 === 0) current += unit;
    else if (unit < 100 && current >= 100 && current % 100 === 0) current += unit;
    else if (current === 0 && total > 0) current = unit;
    else break;
    text = undefined;
    if (/(?:st|nd|rd|th)$/u.test(token.word) && language === 'en' && token.kind === 'word') {
      next += 1;
      break;
    }
  }
  if (current === undefined) return undefined;
  const half = tokens[next];
  if (half?.plain === 'ruoi') return { value: String(total + current + 0.5), next: next + 1, weak: false };
  const ordinal = tokens[next];
  if (ordinal?.joined === true && /^(?:st|nd|rd|th)$/u.test(ordinal.word)) next += 1;
  const weak =
    next === start + 1 &&
    (['one', 'một', 'mot'].includes(first.word) ||
      (first.word === '1' && ['it', 'ti', 'chut'].includes(tokens[next]?.plain ?? '')));
  return { value: text ?? String(total + current), next, weak };
}

function multiplierOf(token: Token, plain: boolean): number | undefined {
  if (token.kind !== 'word') return undefined;
  if ((token.word === 'k' || token.word === 'tr') && !token.joined && token.word === 'k') return undefined;
  return multipliers.get(token.word) ?? (plain ? multipliers.get(token.plain) : undefined);
}

function unitOf(
  tokens: readonly Token[],
  index: number,
  language: 'en' | 'vi',
  plain: boolean,
  inside: boolean,
): number | undefined {
  const token = tokens[index];
  if (token?.kind !== 'word') return undefined;
  if (language === 'en') {
    if (token.word === 'second' && /^(?:a|per|each|every|one)$/u.test(tokens[index - 1]?.word ?? ''))
      return undefined;
    const [tens, ones] = token.word.split('-');
    return (
      englishUnits.get(token.word) ??
      (ones === undefined || tens === undefined ? undefined : englishUnits.get(tens))
    );
  }
  const word = plain ? token.plain : token.word;
  const value = (plain ? plainVietnameseUnits : vietnameseUnits).get(word);
  if (value === undefined || inside || !ambiguous.has(word)) return value;
  const before = tokens[index - 1];
  const after = tokens[index + 1];
  if (before?.plain === 'thu' || before?.plain === 'lan') return value;
  if (
    word.startsWith('nh') ||
    (word.startsWith('t') && word !== 'tam') ||
    word === 'lam' ||
    word === 'lăm' ||
    before?.kind === 'number'
  )
    return undefined;
  return after !== undefined && (multiplierOf(after, plain) !== undefined || counted.has(after.word))
    ? value
    : undefined;
}

/** "1.000.000" and "1,000,000" are a million; "1.5" and "1,5" are one and a half; "1.2.3" is a version. */
function decimalOf(written: string, language: 'en' | 'vi'): string {
  const digits = written.normalize('NFKC');
  if (/^[1-9]\d{0,2}([.,])\d{3}(?:\1\d{3})+$/u.test(digits)) return digits.replaceAll(/[.,]/gu, '');
  if (/^[1-9]\d{0,2},\d{3}$/u.test(digits)) return digits.replace(',', '');
  if (/^[1-9]\d{0,2}\.\d{3}$/u.test(digits) && language === 'vi') return digits.replace('.', '');
  if (/^\d+[.,]\d+$/u.test(digits)) return digits.replace(',', '.');
  const mixed = /^(\d{1,3}(?:([.,])\d{3})+)[.,](\d+)$/u.exec(digits);
  if (mixed?.[1] !== undefined && new Set(digits.replaceAll(/\d/gu, '')).size === 2)
    return `${mixed[1].replaceAll(/[.,]/gu, '')}.${mixed[3] ?? ''}`;
  return digits;
}
