import type { Check } from '@weir/contracts/guardrails/policy';
import type { SpanCheck } from '../../domain/check.ts';
import { baseOf, startingFrom } from '../check-base.ts';
import { InvalidCheck } from '../check-dependencies.ts';
import { readingEscapes } from '../json-escapes.ts';
import { withoutOverlaps } from '../overlaps.ts';
import { listedWords } from './word-lists.ts';
import { WordMatcher, type WordMatch, type WordPattern, wordContextLength } from './word-matcher.ts';

type BlocklistCheck = Check & { readonly type: 'blocklist' };

interface Entry extends WordPattern {
  /** The list that it is from; undefined for what is allowed. */
  readonly rule?: string;
}

/** Of all words together: an automaton keeps a state for each letter. */
const maxLetters = 200_000;

/** Words and phrases that may not occur. The rule of what was found is the list: `vi`, `en`, or `words` for the policy's own. */
export function createBlocklistCheck(check: BlocklistCheck): SpanCheck {
  const entries = entriesOf(check);
  const matcher = new WordMatcher(entries);
  const find = (text: string, from: number) => {
    const matches = matcher.find(text);
    const allowed = matches.filter(({ pattern }) => entries[pattern]?.rule === undefined);
    const blocked = matches.filter(
      (match) => entries[match.pattern]?.rule !== undefined && !allowed.some((each) => covers(each, match)),
    );
    return withoutOverlaps(
      startingFrom(blocked, from).map(({ end, pattern, start }) => ({
        ...{ span: { start, end }, rule: entries[pattern]?.rule ?? 'words', score: 1, action: check.action },
      })),
    );
  };
  return readingEscapes({
    ...baseOf(check),
    kind: 'span',
    contextLength: wordContextLength,
    find: (text, _form, from = 0) => find(text, from),
    settledLength(text, _form, from = 0) {
      const settled = matcher.settledLength(text);
      const open = find(text, from).find(({ span }) => span && span.start < settled && span.end > settled);
      return Math.max(from, open?.span?.start ?? settled);
    },
  });
}

function entriesOf({ allow, evasions, lists, words }: BlocklistCheck): Entry[] {
  const entries = [
    ...words.map((word): Entry => ({ word, rule: 'words', evasions, marks: evasions ? 'fewer' : 'same' })),
    ...lists.flatMap((list) =>
      listedWords(list).map((each): Entry => ({ ...each, ...limited(each, evasions), rule: list })),
    ),
    ...allow.map((word): Entry => ({ word, marks: 'same', evasions: false })),
  ];
  const letters = entries.reduce((sum, { word }) => sum + word.length, 0);
  if (letters > maxLetters) throw new InvalidCheck('words', `have more than ${maxLetters} letters together`);
  return entries;
}

const limited = ({ marks }: WordPattern, evasions: boolean): Pick<WordPattern, 'marks' | 'evasions'> =>
  evasions ? { marks, evasions } : { marks: 'same', evasions };

const covers = (outer: WordMatch, inner: WordMatch) => outer.start <= inner.start && outer.end >= inner.end;
