import type { Check } from '@weir/contracts/guardrails/policy';
import { unusable } from '@weir/service-kit/outbound/ask-json';
import type { Finding, WholeCheck } from '../../domain/check.ts';
import { baseOf } from '../check-base.ts';
import { type CheckDependencies } from '../check-dependencies.ts';
import { isSafeCategory, labelOf } from './categories.ts';
import { createEngine } from './engines.ts';

/** A model that says how unsafe each text is, by category. */
export function createModerationCheck(
  check: Check & { readonly type: 'moderation' },
  dependencies: CheckDependencies,
): WholeCheck {
  const rate = createEngine(check, dependencies);
  const thresholdOf = (category: string) => check.categories[category] ?? check.threshold;
  return {
    ...baseOf(check),
    kind: 'whole',
    isSlow: true,
    unit: 'sentence',
    timeoutMs: check.timeout_ms,
    async check(texts, { signal }) {
      const rated = texts.flatMap(({ form, text }, index) =>
        form !== 'identifier' && text.trim() !== '' ? [{ index, text }] : [],
      );
      if (rated.length === 0) return [];
      const ratings = await rate(
        rated.map(({ text }) => text),
        signal,
      );
      if (ratings.length !== rated.length) {
        throw unusable(`${rated.length} texts were asked about, and ${ratings.length} were rated`);
      }
      return rated.flatMap(({ index }, place) =>
        Object.entries(ratings[place] ?? {}).flatMap(([category, score]): Finding[] => {
          const counts =
            score >= thresholdOf(category) && (category in check.categories || !isSafeCategory(category));
          return counts
            ? [{ text: index, rule: labelOf(category, check.categories), score, action: check.action }]
            : [];
        }),
      );
    },
  };
}
