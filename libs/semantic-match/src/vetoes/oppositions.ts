import { stemOf } from '../tokens-stem.ts';
import { withoutDiacritics } from '../tokens.ts';
import { englishOppositions } from './oppositions-english.ts';
import { sharedOppositions } from './oppositions-shared.ts';
import type { OppositionKind, OppositionTable } from './opposition-table.ts';
import { vietnameseOppositions } from './oppositions-vietnamese.ts';

/** A term stands at one pole of an opposition. */
export interface Sense {
  readonly opposition: number;
  readonly pole: number;
  readonly kind: OppositionKind;
}

/** How a lexicon's words are written: stems of English, or Vietnamese with or without diacritics. */
export interface Lexicon {
  readonly senses: ReadonlyMap<string, readonly Sense[]>;
  /** The longest first: by its first word, terms of several words. */
  readonly phrases: ReadonlyMap<string, readonly (readonly string[])[]>;
}

function lexiconOf(tables: readonly OppositionTable[], write: (word: string) => string): Lexicon {
  const senses = new Map<string, Sense[]>();
  const phrases = new Map<string, string[][]>();
  let opposition = 0;
  for (const table of tables) {
    for (const [kind, lines] of Object.entries(table) as [OppositionKind, readonly string[]][]) {
      for (const line of lines) {
        opposition += 1;
        for (const [pole, terms] of line.split('|').entries()) {
          for (const term of terms.split(',')) {
            const words = term.trim().split(' ').map(write);
            const key = words.join(' ');
            senses.set(key, [...(senses.get(key) ?? []), { opposition, pole, kind }]);
            if (words.length > 1)
              phrases.set(words[0] ?? '', [...(phrases.get(words[0] ?? '') ?? []), words]);
          }
        }
      }
    }
  }
  for (const list of phrases.values()) list.sort((left, right) => right.length - left.length);
  return { senses, phrases };
}

export const englishLexicon = lexiconOf([englishOppositions, sharedOppositions], stemOf);
export const vietnameseLexicon = lexiconOf([vietnameseOppositions, sharedOppositions], (word) => word);
export const plainVietnameseLexicon = lexiconOf(
  [vietnameseOppositions, sharedOppositions],
  withoutDiacritics,
);

/** The opposition that two terms stand at different poles of. */
export function oppositionOf(left: readonly Sense[], right: readonly Sense[]): Sense | undefined {
  return left.find((sense) =>
    right.some((other) => other.opposition === sense.opposition && other.pole !== sense.pole),
  );
}

/** Whether two terms stand at the same pole. */
export function samePole(left: readonly Sense[], right: readonly Sense[]): boolean {
  return left.some((sense) =>
    right.some((other) => other.opposition === sense.opposition && other.pole === sense.pole),
  );
}
