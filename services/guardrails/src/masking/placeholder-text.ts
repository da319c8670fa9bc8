import { entities } from '@weir/contracts/guardrails/entities';
import type { ScreenedText } from '../domain/check.ts';

type Form = ScreenedText['form'];

/** `EMAIL`; of a tenant's own rule, as much of its name as a placeholder may have. */
export function labelOf(rule: string): string {
  const label = rule
    .toUpperCase()
    .replaceAll(/[^A-Z0-9]+/g, '_')
    .slice(0, 32);
  return /^[A-Z]/.test(label) ? label : `X_${label}`;
}

/** `[EMAIL]`, `[EMAIL_1]`; where a name has to stay one, `email_1`. */
export function placeholderText(label: string, suffix: string | undefined, form: Form): string {
  const name = suffix === undefined ? label : `${label}_${suffix}`;
  return form === 'identifier' ? name.toLowerCase() : `[${name}]`;
}

const entityLabels = new Set(entities.map(labelOf));

/** Longer than any that we make. */
export const maxPlaceholderLength = 64;

const bracketed = /^\[([A-Z][A-Z0-9_]*?)(?:_(?:\d{1,6}|(?=\d*[a-f])[0-9a-f]{16}))?\]$/;
const plain = /^([a-z][a-z0-9_]*?)_(?:\d{1,6}|(?=\d*[a-f])[0-9a-f]{16})$/;

/** Whether a span lies within something that stands in the place of a value already, of an entity or of this very rule. */
export function isInPlaceholder(text: string, span: { start: number; end: number }, rule: string): boolean {
  const name =
    bracketedAround(text, span) ?? (text.length <= maxPlaceholderLength ? plain.exec(text)?.[1] : undefined);
  if (name === undefined) return false;
  const label = name.toUpperCase();
  return entityLabels.has(label) || label === labelOf(rule);
}

/** Looks no further than a placeholder may be long. */
function bracketedAround(text: string, { start, end }: { start: number; end: number }): string | undefined {
  const from = Math.max(0, end - maxPlaceholderLength);
  const before = text.slice(from, start + 1).lastIndexOf('[');
  const after = text.slice(end - 1, start + maxPlaceholderLength).indexOf(']');
  if (before === -1 || after === -1) return undefined;
  return bracketed.exec(text.slice(from + before, end + after))?.[1];
}
/** Where a placeholder begins that the text's end may have cut off; the text's length where none does. */
export function openPlaceholderStart(text: string): number {
  const start = text.lastIndexOf('[');
  const isOpen =
    start !== -1 && text.length - start < maxPlaceholderLength && /^\[\w*$/.test(text.slice(start));
  return isOpen ? start : text.length;
}
