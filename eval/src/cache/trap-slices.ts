import { decideSemanticHit } from '@weir/semantic-match/decide';
import { WordFrequencies } from '@weir/semantic-match/word-frequencies';
import type { TraceParts } from './evaluate.ts';
import { englishTraps } from './traps/english-traps.ts';
import { generateTraps } from './traps/generate.ts';
import { heldOutTraps } from './traps/held-out-traps.ts';
import type { Trap } from './traps/trap.ts';
import { vietnameseTraps } from './traps/vietnamese-traps.ts';
import type { Vectors } from './vectors.ts';

/** Every so many of the generated ones: all of them take an hour to embed. */
const everyNth = 7;

/** Generated ones, and questions that are asked in the other language than they were answered in. */
export function trapsOf(translations: readonly { en: string; vi: string }[]): Trap[] {
  const generated = generateTraps([...englishTraps, ...vietnameseTraps, ...heldOutTraps], 1);
  const translated = translations.flatMap(({ en, vi }, index): Trap[] => {
    const [cached, asked] = index % 2 === 0 ? [en, vi] : [vi, en];
    return [{ slice: 'cross-language', language: 'mixed', cached, asked }];
  });
  return [...generated.filter((_, index) => index % everyNth === 0), ...translated];
}

/** Those that would be served: each is looked up where nothing else is near, in a partition of such questions and in a new one. */
export function wrongTraps(traps: readonly Trap[], parts: TraceParts): Trap[] {
  const { vectors, coefficients, accuracyTarget } = parts;
  const asked = new WordFrequencies();
  for (const { cached } of traps) asked.add(cached);
  return traps.filter((trap) =>
    [asked, new WordFrequencies()].some((frequencies) => {
      const similarity = similarityOf(vectors, trap.cached, trap.asked);
      const candidates = [{ id: 'cached', question: trap.cached, similarity }];
      const query = {
        question: trap.asked,
        candidates,
        coefficients,
        frequencies,
        accuracyTarget,
        random: 0.5,
      };
      return decideSemanticHit(query).kind === 'hit';
    }),
  );
}

function similarityOf(vectors: Vectors, left: string, right: string): number {
  const other = vectors.of(right);
  return vectors.of(left).reduce((sum, value, index) => sum + value * (other[index] ?? 0), 0);
}
