import type { ScreeningEntry, ScreeningSummary } from '@weir/contracts/guardrails/summary';
import type { HeaderList } from './response-headers.ts';

/** As much as any proxy passes on. */
const maxLength = 1_000;

/** What was done, without any of what was found: `input pii redact email=2 phone=1; output pii report email=1`. */
export function guardrailsHeader(summary: ScreeningSummary | undefined): HeaderList {
  if (!summary) return [];
  const parts = summary.isBypassed ? ['bypassed'] : entryTexts(summary.entries);
  if (summary.failed && summary.failed.length > 0) parts.push(`failed ${summary.failed.join(' ')}`);
  const text = parts.length === 0 ? 'none' : parts.join('; ');
  return ['x-weir-guardrails', text.replace(/[^\x20-\x7e]/g, '?').slice(0, maxLength)];
}

function entryTexts(entries: readonly ScreeningEntry[]): string[] {
  const groups = Map.groupBy(entries, ({ direction, check, action }) => `${direction} ${check} ${action}`);
  return [...groups].map(([group, found]) =>
    [group, ...found.map(({ rule, count }) => `${rule}=${count}`)].join(' '),
  );
}
