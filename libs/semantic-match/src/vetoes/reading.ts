import { tokensOf, type Token } from '../tokens.ts';
import { stemOf } from '../tokens-stem.ts';
import { languageOf, type Language } from './languages.ts';
import { negationAt } from './negation.ts';
import { numberAt } from './numbers.ts';
import {
  englishLexicon,
  plainVietnameseLexicon,
  vietnameseLexicon,
  type Lexicon,
  type Sense,
} from './oppositions.ts';
import type { ReadingMode } from './reading-mode.ts';
import { functionWords } from './words.ts';

/** A unit of meaning: a number, a word, or a phrase of the lexicon. */
export interface Term {
  /** The same for what is the same word. */
  readonly key: string;
  readonly kind: 'number' | 'negation' | 'question' | 'function' | 'content' | 'sign';
  readonly senses: readonly Sense[];
  /** An article may be left out of a count: "one", "một". */
  readonly weak: boolean;
  /** Written with a capital letter that is not due to its place. */
  readonly name: boolean;
  readonly written: string;
  /** The first token of it. */
  readonly token: number;
}

/** More is not read: whoever asks so much asks something of his own. */
export const maxCharacters = 8_192;

/** A text that is read once, and compared often. */
export class Reading {
  readonly text: string;
  readonly tokens: readonly Token[];
  readonly language: Language;
  /** Whether it has any diacritic. */
  readonly marked: boolean;
  readonly #terms = new Map<string, readonly Term[]>();

  constructor(text: string) {
    this.text = text;
    this.tokens = tokensOf(text.slice(0, maxCharacters));
    this.language = languageOf(this.tokens);
    this.marked = this.tokens.some(({ word, plain }) => word !== plain);
  }

  /** Its terms in order, read in a mode. */
  terms(mode: ReadingMode): readonly Term[] {
    const key = `${mode.language} ${mode.plain}`;
    const known = this.#terms.get(key);
    if (known !== undefined) return known;
    const terms = termsOf(this.tokens, mode);
    this.#terms.set(key, terms);
    return terms;
  }
}

const nothing: readonly Sense[] = [];

/** Behind these a letter is a name: "vitamin a", "lớp b". */
const labelled = new Set(
  'vitamin plan hepatitis group type class grade team option part section size drive block gate terminal appendix exhibit variant gan lớp lop nhóm nhom loại loai khối khoi hạng hang đề án an lô tòa toà toa bằng bang mục muc phần phan cổng cong'.split(
    ' ',
  ),
);

function termsOf(tokens: readonly Token[], mode: ReadingMode): readonly Term[] {
  const terms: Term[] = [];
  const capitalsSayNothing = mostlyCapital(tokens);
  const lexicon = lexiconFor(mode);
  const write = (token: Token) =>
    mode.language === 'en' ? stemOf(token.word) : mode.plain ? token.plain : token.word;
  for (let index = 0; index < tokens.length;) {
    const token = tokens[index];
    if (token === undefined) break;
    const number = numberAt(tokens, index, mode.language, mode.plain);
    if (number !== undefined) {
      terms.push({
        key: `#${number.value}`,
        kind: 'number',
        senses: (number.weak ? lexicon.senses.get(write(token)) : undefined) ?? nothing,
        weak: number.weak,
        name: false,
        written: token.written,
        token: index,
      });
      index = number.next;
      continue;
    }
    const negation = negationAt(tokens, index, mode);
    if (negation !== undefined) {
      terms.push({
        key: negation === 'negation' ? '!' : '?',
        kind: negation,
        senses: nothing,
        weak: false,
        name: false,
        written: token.written,
        token: index,
      });
      index += 1;
      continue;
    }
    const words = phraseAt(tokens, index, lexicon, write) ?? [write(token)];
    const key = words.join(' ');
    const senses =
      lexicon.senses.get(key) ??
      (mode.language === 'vi' ? englishLexicon.senses.get(stemOf(token.word)) : undefined) ??
      nothing;
    const acronym = !capitalsSayNothing && /^\p{Lu}{2,}$/u.test(token.written);
    const capital = !capitalsSayNothing && !token.startsSentence && /^\p{Lu}/u.test(token.written);
    // "Go" and "May" are names, "Bạn" is a way to be polite.
    const next = tokens[index + 1];
    const partOfCode =
      token.joined ||
      (next?.joined === true && next.kind !== 'word') ||
      (next?.joined === true && !token.endsClause);
    const letter = token.written.length === 1 && (partOfCode || labelled.has(tokens[index - 1]?.word ?? ''));
    const named =
      letter ||
      (mode.language === 'vi' && capital && token.written.length === 1) ||
      acronym ||
      (capital && mode.language === 'en' && token.word !== 'i');
    const small = words.length === 1 && functionWords(mode).has(mode.language === 'en' ? token.word : key);
    const kind = token.kind === 'sign' ? 'sign' : small && !named ? 'function' : 'content';
    const name = kind === 'content' && (capital || acronym);
    terms.push({ key, kind, senses, weak: false, name, written: token.written, token: index });
    index += words.length;
  }
  return terms;
}

function lexiconFor({ language, plain }: ReadingMode): Lexicon {
  return language === 'en' ? englishLexicon : plain ? plainVietnameseLexicon : vietnameseLexicon;
}

/** The longest phrase of the lexicon that begins at a token. */
function phraseAt(
  tokens: readonly Token[],
  start: number,
  lexicon: Lexicon,
  write: (token: Token) => string,
): readonly string[] | undefined {
  const first = tokens[start];
  const phrases = first === undefined ? undefined : lexicon.phrases.get(write(first));
  return phrases?.find((phrase) =>
    phrase.every((word, offset) => {
      const token = tokens[start + offset];
      return (
        token !== undefined && write(token) === word && !(token.endsClause && offset < phrase.length - 1)
      );
    }),
  );
}

/** In a text of capitals only, or a title, a capital letter tells nothing. */
function mostlyCapital(tokens: readonly Token[]): boolean {
  if (!tokens.some(({ written }) => /\p{Ll}/u.test(written))) return true;
  const words = tokens.filter(({ kind, written }) => kind === 'word' && written.length > 3);
  return (
    words.length > 2 && words.filter(({ written }) => /^\p{Lu}/u.test(written)).length > 0.7 * words.length
  );
}
