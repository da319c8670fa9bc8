import type { Metrics } from '@weir/service-kit/metrics';

/** `admitted`, `failed_open`, or the code of the fault that refused it. */
export type AdmissionOutcome = 'admitted' | 'failed_open' | (string & {});

export interface AdmissionMetrics {
  /** An attempt that a limit holds for was admitted or not. Outcomes are fault codes. */
  decided(outcome: AdmissionOutcome): void;
  /** The cost service has answered, or not in time. */
  asked(elapsedMs: number): void;
  /** So long an attempt or a stream was kept waiting for what others held. */
  waited(elapsedMs: number): void;
  /** A stream's hold was made larger, or that was refused. */
  toppedUp(outcome: AdmissionOutcome): void;
}

/** `held` gives how many attempts have a hold now. */
export function createAdmissionMetrics(metrics: Metrics, held: () => number): AdmissionMetrics {
  const admissions = metrics.counter({
    name: 'router_admissions_total',
    help: 'Attempts that a limit holds for, by what became of them before they were made.',
    labels: ['outcome'],
  });
  const topUps = metrics.counter({
    name: 'router_hold_top_ups_total',
    help: 'Holds of streams that were to be made larger, by what became of that.',
    labels: ['outcome'],
  });
  const duration = metrics.duration({
    name: 'router_admission_duration_seconds',
    help: 'How long the cost service took to answer.',
  });
  const waits = metrics.duration({
    name: 'router_budget_wait_seconds',
    help: 'How long attempts and streams waited for budgets that others held.',
  });
  metrics.gauge({ name: 'router_holds', help: 'Attempts under way that have a hold.' }, held);
  return {
    decided(outcome) {
      admissions.inc({ outcome });
    },
    asked(elapsedMs) {
      duration.observe(elapsedMs / 1_000);
    },
    waited(elapsedMs) {
      waits.observe(elapsedMs / 1_000);
    },
    toppedUp(outcome) {
      topUps.inc({ outcome });
    },
  };
}
