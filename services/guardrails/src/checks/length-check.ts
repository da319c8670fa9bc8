import type { Check } from '@weir/contracts/guardrails/policy';
import type { CheckContext, Finding, WholeCheck } from '../domain/check.ts';
import { baseOf } from './check-base.ts';
import { spokenTexts } from './judged-texts.ts';

type LengthCheck = Check & { readonly type: 'length' };

/** How long the user's words are together, and each content of an answer. */
export function createLengthCheck(check: LengthCheck): WholeCheck {
  const { action, max = Infinity, min = 0, unit } = check;
  const judge = (length: number): readonly Finding[] => {
    if (length >= min && length <= max) return [];
    return [{ rule: `${unit}.${length < min ? 'too_short' : 'too_long'}`, score: 1, action }];
  };
  return {
    ...baseOf(check),
    kind: 'whole',
    isSlow: false,
    unit: 'answer',
    async check(texts, context) {
      const { direction, yieldTurn } = context;
      const findings: Finding[] = [];
      let sum = 0;
      for (const { index, text } of await spokenTexts(texts, context)) {
        const length = await countIn(text, { ...unitsOf[unit], enough: max - sum, yieldTurn });
        if (direction === 'input') sum += length;
        else findings.push(...judge(length).map((found) => ({ ...found, text: index })));
      }
      return direction === 'input' ? judge(sum) : findings;
    },
  };
}

interface Unit {
  readonly segmenter: Intl.Segmenter;
  readonly isOne: (segment: Intl.SegmentData) => boolean;
}

const segmenterOf = (granularity: 'grapheme' | 'word' | 'sentence') =>
  new Intl.Segmenter('vi', { granularity });

const unitsOf: Record<LengthCheck['unit'], Unit> = {
  characters: { segmenter: segmenterOf('grapheme'), isOne: () => true },
  words: { segmenter: segmenterOf('word'), isOne: ({ isWordLike }) => isWordLike === true },
  sentences: { segmenter: segmenterOf('sentence'), isOne: ({ segment }) => segment.trim() !== '' },
};

/** In UTF-16 units: so much of a text is cut into segments at once. */
const partLength = 16_384;

interface Counting extends Unit, Pick<CheckContext, 'yieldTurn'> {
  readonly enough: number;
}

/** How many there are, or some more than `enough`: a long text is not counted to its end. */
async function countIn(text: string, { enough, isOne, yieldTurn, segmenter }: Counting): Promise<number> {
  let count = 0;
  for (let from = 0; from < text.length && count <= enough; await yieldTurn()) {
    const part = text.slice(from, from + partLength);
    const isLast = from + partLength >= text.length;
    for (const found of segmenter.segment(part)) {
      const { index, segment } = found;
      // What a part ends with may go on: it is the first of the next one.
      if (!isLast && index > 0 && index + segment.length === part.length) break;
      if (isOne(found)) count += 1;
      from += segment.length;
      if (count > enough) break;
    }
  }
  return count;
}
