import type { Entity } from '@weir/contracts/guardrails/entities';
import type { Check } from '@weir/contracts/guardrails/policy';
import { contextLength, Scan } from '@weir/pii/settled-length';
import type { ScreenedText, SpanCheck } from '../domain/check.ts';
import { baseOf } from './check-base.ts';

/** Personal data and secrets. A finding's rule is the scanner's: `phone.mobile`. */
export function createPiiCheck(check: Check & { readonly type: 'pii' }): SpanCheck {
  const wanted = check.entities && new Set<Entity>(check.entities);
  const actionOf = (entity: Entity) => check.actions?.[entity] ?? check.action;
  /** Of the text whose settled length was asked for: what is found in it is asked for next. */
  let settled:
    { readonly text: string; readonly form: ScreenedText['form']; readonly scan: Scan } | undefined;
  const scanOf = (text: string, form: ScreenedText['form']) =>
    settled?.text === text && settled.form === form
      ? settled.scan
      : new Scan(text, { level: check.level, isJson: form === 'json' });
  return {
    ...baseOf(check),
    kind: 'span',
    contextLength,
    find(text, form, from = 0) {
      const scan = scanOf(text, form);
      settled = undefined;
      return scan
        .findings(from)
        .filter(({ entity }) => !wanted || wanted.has(entity))
        .map(({ end, entity, rule, score, start, tier }) => ({
          ...{ span: { start, end }, rule, entity, tier, score, action: actionOf(entity) },
        }));
    },
    settledLength(text, form, from = 0) {
      const scan = scanOf(text, form);
      settled = { text, form, scan };
      return Math.max(from, scan.settledLength);
    },
  };
}
