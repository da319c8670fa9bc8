import { createBuiltinEmbedder } from '@weir/embeddings/builtin-embedder';
import { findVeto, type VetoKind } from '@weir/semantic-match/vetoes/find-veto';
import { normalised } from '@weir/service-kit/normalised-text';
import { canonicalText } from '../keys/canonical-json.ts';

/** Likeness of character n-grams from which two answers that no veto tells apart say the same. */
const sameFrom = 0.85;
/** From here on two answers that a veto tells apart speak of the same thing, and say something else of it. */
const contradictingFrom = 0.6;
/** Answers to one question share more of their longer words than this, where they have so many; n-grams do not tell that apart. */
const otherBelow = 0.1;
const fewestWords = 20;
/** Of longer ones only the same counts: a veto would find something in them by chance. */
const maxLength = 4_000;

/** What an answer says otherwise by these cannot be right too. */
const contradictions = new Set<VetoKind | undefined>([
  'number',
  'unit',
  'currency',
  'date',
  'negation',
  'antonym',
]);

const ngrams = createBuiltinEmbedder();

/**
 * Whether a kept answer would have served where another one was given, without asking anybody; undefined where that is not clear,
 * which it often is not: models say the same in many ways.
 */
export async function judgeAnswers(kept: string, given: string): Promise<'right' | 'wrong' | undefined> {
  const [one, other] = [comparable(kept), comparable(given)];
  if (one === other) return 'right';
  if (Math.max(one.length, other.length) > maxLength) return undefined;
  const likeness = await likenessOf(one, other);
  const veto = findVeto(one, other)?.kind;
  if (likeness >= sameFrom && veto === undefined) return 'right';
  if (likeness >= contradictingFrom && contradictions.has(veto)) return 'wrong';
  return sharedWords(one, other) < otherBelow ? 'wrong' : undefined;
}

async function likenessOf(one: string, other: string): Promise<number> {
  const [left, right] = await Promise.all([ngrams.embed(one), ngrams.embed(other)]);
  return left.reduce((sum, value, i) => sum + value * (right[i] ?? 0), 0);
}

/** The share of the fewer longer words that the other has too; 1 where there are too few to tell. */
function sharedWords(one: string, other: string): number {
  const [left, right] = [wordsOf(one), wordsOf(other)];
  const fewer = Math.min(left.size, right.size);
  return fewer < fewestWords ? 1 : [...left].filter((word) => right.has(word)).length / fewer;
}

const wordsOf = (text: string) => new Set(text.match(/\p{L}{4,}/gu));

function comparable(text: string): string {
  return normalised(canonicalText(text), 'NFC')
    .toLowerCase()
    .replaceAll(/\s+/g, ' ')
    .replace(/(?<![.!])[.!]+$/, '');
}
