import { type ScreeningSummary, screeningText } from '@weir/contracts/guardrails/summary';

/** As much as any proxy passes on. */
const maxLength = 1_000;

export function guardrailsHeader(summary: ScreeningSummary | undefined): readonly string[] {
  if (!summary) return [];
  const text = screeningText(summary);
  return ['x-weir-guardrails', text.replace(/[^\x20-\x7e]/g, '?').slice(0, maxLength)];
}
