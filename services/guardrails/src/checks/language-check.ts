import type { Check } from '@weir/contracts/guardrails/policy';
import type { Finding, WholeCheck } from '../domain/check.ts';
import { baseOf } from './check-base.ts';
import { spokenTexts } from './judged-texts.ts';

/** Letters. Of less the language is a guess. */
const minLetters = 20;
/** In UTF-16 units. A longer text is judged part by part, each of which has to be in an allowed language. */
const partLength = 32_768;

/** Whether the user's words, or an answer's, are in an allowed language. What is too short to tell, or is none, passes. */
export function createLanguageCheck(check: Check & { readonly type: 'language' }): WholeCheck {
  const allowed = new Set(check.allowed.map((code) => code.toLowerCase()));
  return {
    ...baseOf(check),
    kind: 'whole',
    isSlow: false,
    unit: 'answer',
    async check(texts, context) {
      // Its tables are 40 MB in memory, which only those who ask for it pay.
      const { eld } = await import('eld/extrasmall');
      const passes = (part: string) => {
        if ((part.match(/\p{L}/gu)?.length ?? 0) < minLetters) return true;
        const detected = eld.detect(part);
        return !detected.isReliable() || allowed.has(detected.language);
      };
      const findings: Finding[] = [];
      for (const { index, text } of await spokenTexts(texts, context)) {
        let isAllowed = true;
        for (let from = 0; isAllowed && from < text.length; from += partLength) {
          isAllowed = passes(text.slice(from, from + partLength));
          await context.yieldTurn();
        }
        if (!isAllowed)
          findings.push({ text: index, rule: 'language_not_allowed', score: 1, action: check.action });
      }
      return findings;
    },
  };
}
