import type { Action, CheckType, Direction } from '@weir/contracts/guardrails/policy';
import type { Metrics } from '@weir/service-kit/metrics';
import type { CheckFailure } from './valid-findings.ts';

/** Tenants give checks their ids: beyond so many, a check is counted under its type. */
const maxCheckLabels = 100;

export type Outcome = 'passed' | 'changed' | 'denied' | 'failed';

export type GuardrailMetrics = ReturnType<typeof createGuardrailMetrics>;

export function createGuardrailMetrics(metrics: Metrics) {
  const violations = metrics.counter({
    name: 'guardrail_violations_total',
    help: 'What checks have found, by the action that was taken',
    labels: ['check', 'action', 'direction'],
  });
  const failures = metrics.counter({
    name: 'guardrail_check_failures_total',
    help: 'Checks that failed: with an error, too late, or with a result that makes no sense',
    labels: ['check_type', 'reason', 'direction'],
  });
  const screened = metrics.counter({
    name: 'guardrail_screened_total',
    help: 'Requests and answers that were screened',
    labels: ['direction', 'outcome'],
  });
  const seconds = metrics.duration({
    name: 'guardrail_check_seconds',
    help: 'How long checks of a type took for a request or an answer',
    labels: ['check_type', 'direction'],
  });
  const checks = new Set<string>();
  const checkLabel = (id: string, type: CheckType) => {
    if (checks.size < maxCheckLabels) checks.add(id);
    return checks.has(id) ? id : type;
  };
  return {
    violated(check: { id: string; type: CheckType }, action: Action, direction: Direction): void {
      violations.inc({ check: checkLabel(check.id, check.type), action, direction });
    },
    checkFailed(type: CheckType, reason: CheckFailure, direction: Direction): void {
      failures.inc({ check_type: type, reason, direction });
    },
    checkTook(type: CheckType, direction: Direction, ms: number): void {
      seconds.observe({ check_type: type, direction }, ms / 1_000);
    },
    screened(direction: Direction, outcome: Outcome): void {
      screened.inc({ direction, outcome });
    },
  };
}
