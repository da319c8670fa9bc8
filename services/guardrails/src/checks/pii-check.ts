import type { Entity, Level } from '@weir/contracts/guardrails/entities';
import type { Check } from '@weir/contracts/guardrails/policy';
import { findPersonalData } from '@weir/pii/find-personal-data';
import { contextLength, settledLength } from '@weir/pii/settled-length';
import type { ScreenedText, SpanCheck } from '../domain/check.ts';
import { baseOf, startingFrom } from './check-base.ts';

/** Personal data and secrets. A finding's rule is the scanner's: `phone.mobile`. */
export function createPiiCheck(check: Check & { readonly type: 'pii' }): SpanCheck {
  const wanted = check.entities && new Set<Entity>(check.entities);
  const actionOf = (entity: Entity) => check.actions?.[entity] ?? check.action;
  return {
    ...baseOf(check),
    kind: 'span',
    contextLength,
    find: (text, form, from = 0) =>
      startingFrom(findPersonalData(text, optionsOf(check.level, form)), from)
        .filter(({ entity }) => !wanted || wanted.has(entity))
        .map(({ end, entity, rule, score, start, tier }) => ({
          ...{ span: { start, end }, rule, entity, tier, score, action: actionOf(entity) },
        })),
    settledLength: (text, form, from = 0) =>
      Math.max(from, settledLength(text, optionsOf(check.level, form))),
  };
}

const optionsOf = (level: Level, form: ScreenedText['form']) => ({ level, isJson: form === 'json' });
