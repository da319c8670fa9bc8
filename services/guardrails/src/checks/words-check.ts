import type { Check } from '@weir/contracts/guardrails/policy';
import type { Finding, WholeCheck } from '../domain/check.ts';
import { baseOf } from './check-base.ts';
import { WordMatcher } from './blocklist/word-matcher.ts';
import { spokenTexts } from './judged-texts.ts';

/**
 * Words that have to occur in the user's words or an answer's, or may not occur in any text. The rule is `all`, `any` or `none`: words
 * would be too many labels for a metric.
 */
export function createWordsCheck(check: Check & { readonly type: 'words' }): WholeCheck {
  const { action, operator, words } = check;
  const matcher = new WordMatcher(words.map((word) => ({ word, marks: 'any', evasions: false })));
  const finding: Finding = { rule: operator, score: 1, action };
  return {
    ...baseOf(check),
    kind: 'whole',
    isSlow: false,
    unit: operator === 'none' ? 'sentence' : 'answer',
    check(texts, { direction }) {
      if (operator === 'none') {
        return texts.flatMap(({ text }, index) =>
          matcher.find(text).length > 0 ? [{ ...finding, text: index }] : [],
        );
      }
      const spoken = spokenTexts(texts, direction);
      const found = new Set(spoken.flatMap(({ text }) => matcher.find(text).map(({ pattern }) => pattern)));
      return found.size >= (operator === 'all' ? words.length : 1) ? [] : [finding];
    },
  };
}
