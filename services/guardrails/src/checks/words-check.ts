import type { Check } from '@weir/contracts/guardrails/policy';
import type { CheckContext, Finding, WholeCheck } from '../domain/check.ts';
import { baseOf } from './check-base.ts';
import { type WordMatch, WordMatcher, wordContextLength } from './blocklist/word-matcher.ts';
import { spokenTexts } from './judged-texts.ts';
import { piecesOf } from './pieces.ts';

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
    async check(texts, context) {
      if (operator === 'none') {
        const findings: Finding[] = [];
        for (const [index, { text }] of texts.entries())
          if (await isAnyFound(matcher, text, context)) findings.push({ ...finding, text: index });
        return findings;
      }
      const missing = new Set(words.keys());
      const most = operator === 'all' ? 0 : words.length - 1;
      for (const { text } of await spokenTexts(texts, context))
        for await (const { pattern } of matchesIn(matcher, text, context)) {
          missing.delete(pattern);
          if (missing.size <= most) return [];
        }
      return missing.size <= most ? [] : [finding];
    },
  };
}

async function isAnyFound(...search: Parameters<typeof matchesIn>): Promise<boolean> {
  for await (const _ of matchesIn(...search)) return true;
  return false;
}

async function* matchesIn(
  matcher: WordMatcher,
  text: string,
  { yieldTurn }: CheckContext,
): AsyncGenerator<WordMatch> {
  const settledLength = (piece: string) => matcher.settledLength(piece);
  for (const piece of piecesOf(text, { contextLength: wordContextLength, settledLength })) {
    for (const match of piece ? matcher.find(piece.text) : [])
      if (piece && match.start >= piece.from && piece.counts(match)) yield match;
    await yieldTurn();
  }
}
