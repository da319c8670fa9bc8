import { createBuiltinEmbedder } from '@weir/embeddings/builtin-embedder';
import { findVeto } from '@weir/semantic-match/vetoes/find-veto';
import { canonicalText } from '../keys/canonical-json.ts';

/** Likeness of character n-grams from which two answers that no veto tells apart say the same. */
const sameFrom = 0.85;
/** From here on two answers that a veto tells apart speak of the same thing, and say something else of it. */
const contradictingFrom = 0.6;
/** Below it two answers of some length speak of other things. */
const otherBelow = 0.15;
const someLength = 80;
/** Of longer ones only the same counts: a veto would find something in them by chance. */
const maxLength = 4_000;

const ngrams = createBuiltinEmbedder();

/**
 * Whether a kept answer would have served where another one was given, without asking anybody; undefined where that is not clear,
 * which it often is not: models say the same in many ways.
 */
export async function judgeAnswers(kept: string, given: string): Promise<'right' | 'wrong' | undefined> {
  const [one, other] = [normalised(kept), normalised(given)];
  if (one === other) return 'right';
  if (Math.max(one.length, other.length) > maxLength) return undefined;
  const likeness = await likenessOf(one, other);
  const isTold = findVeto(one, other) !== undefined;
  if (likeness >= sameFrom && !isTold) return 'right';
  if (likeness >= contradictingFrom && isTold) return 'wrong';
  return likeness < otherBelow && Math.min(one.length, other.length) >= someLength ? 'wrong' : undefined;
}

async function likenessOf(one: string, other: string): Promise<number> {
  const [left, right] = await Promise.all([ngrams.embed(one), ngrams.embed(other)]);
  return left.reduce((sum, value, i) => sum + value * (right[i] ?? 0), 0);
}

function normalised(text: string): string {
  return canonicalText(text).normalize('NFC').toLowerCase().replaceAll(/\s+/g, ' ').replace(/[.!]+$/, '');
}
