import type { Check } from '@weir/contracts/guardrails/policy';
import type { Finding, WholeCheck } from '../domain/check.ts';
import { baseOf } from './check-base.ts';
import { spokenTexts } from './judged-texts.ts';

type LengthCheck = Check & { readonly type: 'length' };

/** How long the user's words are together, and each content of an answer. */
export function createLengthCheck(check: LengthCheck): WholeCheck {
  const { action, max = Infinity, min = 0, unit } = check;
  const count = counters[unit];
  const judge = (length: number): readonly Finding[] => {
    if (length >= min && length <= max) return [];
    return [{ rule: `${unit}.${length < min ? 'too_short' : 'too_long'}`, score: 1, action }];
  };
  return {
    ...baseOf(check),
    kind: 'whole',
    isSlow: false,
    unit: 'answer',
    check(texts, { direction }) {
      const spoken = spokenTexts(texts, direction);
      if (direction === 'input')
        return judge(spoken.reduce((sum, { text }) => sum + count(text, max - sum), 0));
      return spoken.flatMap(({ index, text }) =>
        judge(count(text, max)).map((found) => ({ ...found, text: index })),
      );
    },
  };
}

/** How many there are, or some more than `enough`: a long text is not counted to its end. */
const counters: Record<LengthCheck['unit'], (text: string, enough: number) => number> = {
  characters: (text, enough) =>
    countUpTo(new Intl.Segmenter('vi', { granularity: 'grapheme' }).segment(text), enough),
  words: (text, enough) => {
    const segments = new Intl.Segmenter('vi', { granularity: 'word' }).segment(text);
    return countUpTo(segments, enough, ({ isWordLike }) => isWordLike === true);
  },
  sentences: (text, enough) => {
    const segments = new Intl.Segmenter('vi', { granularity: 'sentence' }).segment(text);
    return countUpTo(segments, enough, ({ segment }) => segment.trim() !== '');
  },
};

function countUpTo(
  segments: Iterable<Intl.SegmentData>,
  enough: number,
  counts: (segment: Intl.SegmentData) => boolean = () => true,
): number {
  let count = 0;
  for (const segment of segments) {
    if (count > enough) break;
    if (counts(segment)) count += 1;
  }
  return count;
}
