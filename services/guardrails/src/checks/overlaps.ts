import type { Finding } from '../domain/check.ts';

/** Findings with a span, in the order of their starts. Those that overlap become one, by the rule of the first of them. */
export function withoutOverlaps(findings: readonly Finding[]): Finding[] {
  const merged: Finding[] = [];
  const sorted = findings.toSorted((a, b) => startOf(a) - startOf(b) || endOf(b) - endOf(a));
  for (const finding of sorted) {
    const last = merged.at(-1);
    if (!last || startOf(finding) >= endOf(last)) {
      merged.push(finding);
    } else if (endOf(finding) > endOf(last)) {
      merged[merged.length - 1] = { ...last, span: { start: startOf(last), end: endOf(finding) } };
    }
  }
  return merged;
}

const startOf = ({ span }: Finding) => span?.start ?? 0;
const endOf = ({ span }: Finding) => span?.end ?? 0;
