import { weightOf } from './word-weights.ts';

/** A question as the features read it: once, however many it is compared with. */
export interface Question {
  readonly words: readonly string[];
  /** Each word once, with its weight. */
  readonly weights: ReadonlyMap<string, number>;
  /** Sequences of three characters, with how often they stand there. */
  readonly ngrams: ReadonlyMap<string, number>;
  /** The same of the text without diacritics: "thẻ" and "the" are often one word, typed on two keyboards. */
  readonly plainNgrams: ReadonlyMap<string, number>;
  readonly wordPairs: ReadonlySet<string>;
  readonly numbers: string;
  readonly negations: number;
  readonly asks: Asked | undefined;
}

const negations =
  /(?<![\p{L}\p{N}])(?:not|no|never|without|cannot|isnt|dont|doesnt|didnt|cant|wont|shouldnt|wouldnt|chẳng|đừng|khỏi|\p{L}+n['’]t)(?![\p{L}\p{N}])|(?<![\p{L}\p{N}])(?:không|chưa)(?=\s+[\p{L}\p{N}])/gu;

export type Asked = (typeof askedFor)[number][0];

/** What kind of answer is asked for; the first that is found holds. */
const askedFor = [
  [
    'number',
    /\bhow (?:much|many|long|old|far|often|tall|big|fast)\b|bao nhiêu|bao lâu|bao xa|(?:^|\s)mấy\s/u,
  ],
  ['time', /\bwhen\b|\bwhat time\b|khi nào|bao giờ|lúc nào|(?:ngày|giờ) nào/u],
  ['reason', /\bwhy\b|\breasons?\b|tại sao|vì sao|sao lại|lý do/u],
  [
    'manner',
    /\bhow (?:do|can|to|did|does|would|should|could|is|are)\b|\bways? to\b|làm sao|làm thế nào|như thế nào|cách nào|thế nào/u,
  ],
  ['place', /\bwhere\b|ở đâu|chỗ nào|nơi nào/u],
  ['who', /\bwho(?:se|m)?\b|(?:^|\s)ai(?:\s|$)|người nào/u],
  ['which', /\bwhich\b|\bbest\b|(?:^|\s)nào(?:\s|$)/u],
  ['what', /\bwhat\b|(?:^|\s)gì(?:\s|$)|là sao/u],
  [
    'whether',
    /^(?:is|are|am|was|were|do|does|did|can|could|will|would|should|has|have|had)\b|(?:không|ko|chưa|hả|à|phải không)\s*\??$/u,
  ],
] as const;

const wordPattern = /[\p{L}\p{M}]+|\p{N}+(?:[.,]\p{N}+)*/gu;

export function readQuestion(text: string): Question {
  const lower = text
    .normalize('NFC')
    .toLowerCase()
    .replaceAll(/(?<=\p{L})['’](?=\p{L})/gu, '');
  const words = lower.match(wordPattern) ?? [];
  const joined = words.join(' ');
  return {
    words,
    weights: new Map(words.map((word) => [word, weightOf(word)])),
    ngrams: ngramsOf(joined),
    plainNgrams: ngramsOf(plainOf(joined)),
    wordPairs: new Set(words.slice(1).map((word, index) => `${words[index]} ${word}`)),
    numbers: words.filter((word) => /^\p{N}/u.test(word)).join(' '),
    negations: lower.match(negations)?.length ?? 0,
    asks: askedFor.find(([, pattern]) => pattern.test(lower))?.[0],
  };
}

export function plainOf(text: string): string {
  return text.normalize('NFD').replaceAll(/\p{M}/gu, '').replaceAll('đ', 'd');
}

function ngramsOf(text: string): Map<string, number> {
  const padded = ` ${text} `;
  const counts = new Map<string, number>();
  for (let index = 0; index + 3 <= padded.length; index += 1) {
    const ngram = padded.slice(index, index + 3);
    counts.set(ngram, (counts.get(ngram) ?? 0) + 1);
  }
  return counts;
}
