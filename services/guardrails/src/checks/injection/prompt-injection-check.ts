import type { Check } from '@weir/contracts/guardrails/policy';
import type { Finding, ScreenedText, WholeCheck } from '../../domain/check.ts';
import { baseOf } from '../check-base.ts';
import { type InjectionRule, injectionSignals, templateMarks, templateWeight } from './injection-signals.ts';

/** Who gives the instructions cannot take their place. */
const trustedRoles = new Set<string | undefined>(['system', 'developer']);

/** Whether a text tries to take the instructions' place: of users, and of tools, whose results others have written. */
export function createPromptInjectionCheck(check: Check & { readonly type: 'prompt_injection' }): WholeCheck {
  const judge = ({ role, text }: ScreenedText, index: number): readonly Finding[] => {
    if (trustedRoles.has(role)) return [];
    const { rule, score } = rateInjection(text);
    return rule !== undefined && score >= check.threshold
      ? [{ text: index, rule, score, action: check.action }]
      : [];
  };
  return {
    ...baseOf(check),
    kind: 'whole',
    isSlow: false,
    unit: 'sentence',
    check: (texts) => texts.flatMap(judge),
  };
}

interface InjectionRating {
  /** From 0 to 1: each kind of signal adds to what the others leave open. */
  readonly score: number;
  /** The kind of the strongest signal; undefined where there is none. */
  readonly rule: InjectionRule | undefined;
}

export function rateInjection(text: string): InjectionRating {
  const weights = new Map<InjectionRule, number>();
  const folded = fold(text);
  for (const { pattern, rule, weight } of injectionSignals) {
    if (weight > (weights.get(rule) ?? 0) && pattern.test(folded)) weights.set(rule, weight);
  }
  if (templateMarks.test(text)) weights.set('delimiter', templateWeight);
  const [strongest] = [...weights].toSorted(([, a], [, b]) => b - a);
  const open = [...weights.values()].reduce((left, weight) => left * (1 - weight), 1);
  return { score: 1 - open, rule: strongest?.[0] };
}

const digitLetters: Readonly<Record<string, string>> = {
  ...{ 0: 'o', 1: 'i', 3: 'e', 4: 'a', 5: 's', 7: 't', '@': 'a', $: 's' },
};

/** Small letters without marks, digits in words as the letters that they stand for, and one space for all else. */
function fold(text: string): string {
  return text
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[\p{M}\p{Cf}]/gu, '')
    .replaceAll('đ', 'd')
    .replace(/(?<=[a-z])[013457@$]+(?=[a-z])|(?<![a-z0-9])[013457@$](?=[a-z]{2})/g, (signs) =>
      signs.replace(/./g, (sign) => digitLetters[sign] ?? sign),
    )
    .replace(/[^a-z0-9]+/g, ' ');
}
