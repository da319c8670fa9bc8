import { stemOf } from '../tokens-stem.ts';
import { withoutDiacritics } from '../tokens.ts';
import {
  englishFunctionWords,
  englishSynonyms,
  vietnameseFunctionWords,
  vietnameseSynonyms,
} from './function-words.ts';
import type { ReadingMode } from './reading-mode.ts';

const setOf = (text: string) => new Set(text.split(/\s+/u));
const english = setOf(englishFunctionWords);
const vietnamese = new Set(
  [...setOf(vietnameseFunctionWords), ...setOf(englishFunctionWords).values()].filter(
    (word) => !['can', 'an', 'me', 'to', 'in'].includes(word),
  ),
);
const plainVietnamese = new Set([...setOf(vietnameseFunctionWords)].map(withoutDiacritics));

export function functionWords({ language, plain }: ReadingMode): ReadonlySet<string> {
  return language === 'en' ? english : plain ? plainVietnamese : vietnamese;
}

function groupsOf(text: string, write: (word: string) => string): ReadonlyMap<string, ReadonlySet<number>> {
  const groups = new Map<string, Set<number>>();
  for (const [group, words] of text.split('|').entries()) {
    for (const word of words.trim().split(/\s+/u)) {
      const key = write(word.replaceAll('_', ' '));
      groups.set(key, (groups.get(key) ?? new Set()).add(group));
    }
  }
  return groups;
}

const englishGroups = groupsOf(englishSynonyms, stemOf);
const vietnameseGroups = groupsOf(vietnameseSynonyms, (word) => word);
const plainVietnameseGroups = groupsOf(vietnameseSynonyms, withoutDiacritics);

/** Whether two keys are words for the same. */
export function areSynonyms(left: string, right: string, { language, plain }: ReadingMode): boolean {
  const groups = language === 'en' ? englishGroups : plain ? plainVietnameseGroups : vietnameseGroups;
  const mine = groups.get(left);
  const theirs = groups.get(right);
  return mine !== undefined && theirs !== undefined && [...mine].some((group) => theirs.has(group));
}
