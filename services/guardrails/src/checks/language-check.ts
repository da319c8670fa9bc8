import type { Check } from '@weir/contracts/guardrails/policy';
import type { WholeCheck } from '../domain/check.ts';
import { baseOf } from './check-base.ts';
import { spokenTexts } from './judged-texts.ts';

/** Letters. Of less the language is a guess. */
const minLetters = 20;

/** Whether the user's words, or an answer's, are in an allowed language. What is too short to tell, or is none, passes. */
export function createLanguageCheck(check: Check & { readonly type: 'language' }): WholeCheck {
  const allowed = new Set(check.allowed.map((code) => code.toLowerCase()));
  return {
    ...baseOf(check),
    kind: 'whole',
    isSlow: false,
    unit: 'answer',
    async check(texts, { direction }) {
      // Its tables are 40 MB in memory, which only those who ask for it pay.
      const { eld } = await import('eld/extrasmall');
      return spokenTexts(texts, direction).flatMap(({ index, text }) => {
        if ((text.match(/\p{L}/gu)?.length ?? 0) < minLetters) return [];
        const detected = eld.detect(text);
        const passes = !detected.isReliable() || allowed.has(detected.language);
        return passes ? [] : [{ text: index, rule: 'language_not_allowed', score: 1, action: check.action }];
      });
    },
  };
}
