import { expect } from 'vitest';
import type { Finding, ScreenedText, SpanCheck } from '../src/domain/check.ts';

export interface Found {
  readonly start: number;
  readonly end: number;
  readonly rule: string;
}

const foundIn = (findings: readonly Finding[], offset: number): Found[] =>
  findings.map(({ rule, span }) => {
    if (!span) throw new Error('a span check has found no span');
    return { start: span.start + offset, end: span.end + offset, rule };
  });

/** What a check finds in a whole text. */
export const wholeFindings = (check: SpanCheck, text: string, form: ScreenedText['form'] = 'text') =>
  foundIn(check.find(text, form), 0);

/**
 * What a check finds in a text that comes in chunks: what is settled goes out at once, and of that only as much is kept as the
 * check says that it reads.
 */
export function streamedFindings(
  check: SpanCheck,
  chunks: readonly string[],
  form: ScreenedText['form'] = 'text',
): Found[] {
  const found: Found[] = [];
  let [text, sent] = ['', 0];
  const look = (settledIn: (view: string, from: number) => number) => {
    const offset = Math.max(0, sent - check.contextLength);
    const view = text.slice(offset);
    const settled = settledIn(view, sent - offset);
    expect(settled, 'what has gone out stays settled').toBeGreaterThanOrEqual(sent - offset);
    expect(settled).toBeLessThanOrEqual(view.length);
    const findings = foundIn(check.find(view, form, sent - offset), offset);
    sent = offset + settled;
    expect(
      findings.filter(({ end, start }) => start < sent && end > sent),
      'no span is cut',
    ).toEqual([]);
    found.push(...findings.filter(({ end }) => end <= sent));
  };
  for (const chunk of chunks) {
    text += chunk;
    look((view, from) => check.settledLength(view, form, from));
  }
  look((view) => view.length);
  return found;
}

/** A text cut at these places, which count from the last one. */
export function chunksOf(text: string, lengths: readonly number[]): string[] {
  const chunks: string[] = [];
  let position = 0;
  for (let turn = 0; position < text.length; turn += 1) {
    const length = Math.max(1, lengths[turn % lengths.length] ?? 1);
    chunks.push(text.slice(position, position + length));
    position += length;
  }
  return chunks;
}
