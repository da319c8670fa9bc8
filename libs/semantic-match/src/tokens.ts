/** A word, a number or a sign of a text. */
export interface Token {
  /** Lower case, NFC. */
  readonly word: string;
  /** `word` without diacritics. */
  readonly plain: string;
  readonly kind: 'word' | 'number' | 'sign';
  /** As it was written. */
  readonly written: string;
  /** The first of a sentence, where a capital letter says nothing. */
  readonly startsSentence: boolean;
  /** The last before a comma, a stop or the end. */
  readonly endsClause: boolean;
  /** No white space stands between the token before and this one. */
  readonly joined: boolean;
}

/**
 * Numbers with their separators; words with what programming languages have in their names ("c++", "c#", ".net"); signs that
 * carry meaning; and what ends a clause. Each alternative is linear.
 */
const pattern =
  /(?<number>\p{Nd}+(?:[.,]\p{Nd}+)*)|(?<word>\.net\b|(?:(?<![\p{L}\p{M}])\p{L}\.){2,}|[\p{L}\p{M}]+(?:['’](?=\p{L})[\p{L}\p{M}]+)*(?:\+\+|#)?)|(?<sign>[$€£¥₫₹₩฿%°+*/^=<>≤≥≠&@]|-)|(?<end>(?<![.?!;:\n])[.?!;:\n]+(?=[\s"'”’)\]]|$)|[?!;\n]|,)/giu;

/** The tokens of a text, in order. Linear. */
export function tokensOf(text: string): Token[] {
  const tokens: { -readonly [Key in keyof Token]: Token[Key] }[] = [];
  let startsSentence = true;
  const normal = text.normalize('NFC');
  let end = 0;
  for (const match of normal.matchAll(pattern)) {
    if (match.groups?.['end'] !== undefined) {
      const last = tokens.at(-1);
      if (last !== undefined) last.endsClause = true;
      startsSentence = match[0] !== ',';
      continue;
    }
    // "U.S." is "US".
    const written = /^(?:\p{L}\.)+$/u.test(match[0]) ? match[0].replaceAll('.', '') : match[0];
    const kind =
      match.groups?.['number'] === undefined
        ? match.groups?.['sign'] === undefined
          ? 'word'
          : 'sign'
        : 'number';
    const word = written
      .toLowerCase()
      .replaceAll('’', "'")
      .replace(/(?<=.)'(?:s|re|ve|ll|d|m)$/u, '');
    const joined = end > 0 && !/\s/u.test(normal.slice(end, match.index));
    end = match.index + match[0].length;
    tokens.push({
      word,
      plain: withoutDiacritics(word),
      kind,
      written,
      startsSentence,
      endsClause: false,
      joined,
    });
    if (kind !== 'sign') startsSentence = false;
  }
  const last = tokens.at(-1);
  if (last !== undefined) last.endsClause = true;
  return tokens;
}

/** Only of Latin letters: other scripts have marks that are letters. */
export function withoutDiacritics(text: string): string {
  return text
    .normalize('NFD')
    .replaceAll(/(?<=[a-z])[\u0300-\u036f]+/giu, '')
    .replaceAll('đ', 'd')
    .replaceAll('Đ', 'D')
    .normalize('NFC');
}
