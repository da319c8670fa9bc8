import type { Check } from '@weir/contracts/guardrails/policy';
import { normalised } from '@weir/service-kit/normalised-text';
import type { YieldTurn } from '@weir/service-kit/event-loop';
import type { Finding, WholeCheck } from '../../domain/check.ts';
import { baseOf } from '../check-base.ts';
import { type InjectionRule, injectionSignals, templateMarks, templateWeight } from './injection-signals.ts';

/** Who gives the instructions cannot take their place. */
const trustedRoles = new Set<string | undefined>(['system', 'developer']);

/** Whether a text tries to take the instructions' place: of users, and of tools, whose results others have written. */
export function createPromptInjectionCheck(check: Check & { readonly type: 'prompt_injection' }): WholeCheck {
  return {
    ...baseOf(check),
    kind: 'whole',
    isSlow: false,
    unit: 'sentence',
    async check(texts, { yieldTurn }) {
      const findings: Finding[] = [];
      for (const [index, { role, text }] of texts.entries()) {
        if (trustedRoles.has(role)) continue;
        const { rule, score } = await rateInjection(text, yieldTurn);
        if (rule !== undefined && score >= check.threshold)
          findings.push({ text: index, rule, score, action: check.action });
      }
      return findings;
    },
  };
}

interface InjectionRating {
  /** From 0 to 1: each kind of signal adds to what the others leave open. */
  readonly score: number;
  /** The kind of the strongest signal; undefined where there is none. */
  readonly rule: InjectionRule | undefined;
}

/** In UTF-16 units: so much of a text is judged at once. */
const partLength = 8_192;
/** What is read again with the next part: no sentence that is looked for is longer, nor is the mark of a template. */
const overlap = 1_024;
/** In folded text: what stands before a sentence tells whether it is one. */
const contextLength = 64;

export async function rateInjection(
  text: string,
  yieldTurn: YieldTurn = () => undefined,
): Promise<InjectionRating> {
  const weights = new Map<InjectionRule, number>();
  let [folded, isCut] = ['', false];
  for (let from = 0; from < text.length;) {
    const end = partEnd(text, from);
    const said = fold(text.slice(from, end));
    folded += folded.endsWith(' ') ? said.trimStart() : said;
    for (const { pattern, rule, weight } of injectionSignals) {
      if (weight <= (weights.get(rule) ?? 0)) continue;
      pattern.lastIndex = isCut ? contextLength : 0;
      if (pattern.test(folded)) weights.set(rule, weight);
    }
    // A part that goes on in the midst of a line begins none.
    const marked = from === 0 ? text.slice(0, end) : `.${text.slice(Math.max(0, from - overlap), end)}`;
    if (templateMarks.test(marked)) weights.set('delimiter', templateWeight);
    isCut ||= folded.length > overlap;
    folded = folded.slice(-overlap);
    from = end;
    await yieldTurn();
  }
  const [strongest] = [...weights].toSorted(([, a], [, b]) => b - a);
  const open = [...weights.values()].reduce((left, weight) => left * (1 - weight), 1);
  return { score: 1 - open, rule: strongest?.[0] };
}

/** Where white space is, if there is any near the end. */
function partEnd(text: string, from: number): number {
  const end = from + partLength;
  if (end >= text.length) return text.length;
  for (let at = end; at > end - contextLength; at--) if (/\s/.test(text.charAt(at - 1))) return at;
  return end;
}

const digitLetters: Readonly<Record<string, string>> = {
  ...{ 0: 'o', 1: 'i', 3: 'e', 4: 'a', 5: 's', 7: 't', '@': 'a', $: 's' },
};

/** Small letters without marks, digits in words as the letters that they stand for, and one space for all else. */
function fold(text: string): string {
  return normalised(text, 'NFKD')
    .toLowerCase()
    .replace(/[\p{M}\p{Cf}]/gu, '')
    .replaceAll('đ', 'd')
    .replace(/(?<=[a-z])[013457@$]+(?=[a-z])|(?<![a-z0-9])[013457@$](?=[a-z]{2})/g, (signs) =>
      signs.replace(/./g, (sign) => digitLetters[sign] ?? sign),
    )
    .replace(/[^a-z0-9]+/g, ' ');
}
