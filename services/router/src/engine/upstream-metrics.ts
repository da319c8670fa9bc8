import type { Metrics } from '@weir/service-kit/metrics';
import type { FaultCode } from '@weir/contracts/faults';

/** What is measured of every request to a provider. Providers are the configured ones, and outcomes fault codes. */
export interface UpstreamMetrics {
  /** A request has ended. */
  observe(provider: string, outcome: 'ok' | 'cancelled' | FaultCode, elapsedMs: number): void;
  /** The first content of a stream has come. */
  observeFirstToken(provider: string, elapsedMs: number): void;
  /** A retry was not made, since there have been too many for the target's other requests. */
  observeExhaustedBudget(provider: string): void;
  /** An answer has ended by itself and says nothing. */
  observeEmptyAnswer(provider: string): void;
  /** So many warnings of an answer came after its head. */
  observeLateWarnings(provider: string, count: number): void;
}

export function createUpstreamMetrics(metrics: Metrics): UpstreamMetrics {
  const requests = metrics.counter({
    name: 'upstream_requests_total',
    help: 'Requests to providers, by how they ended.',
    labels: ['provider', 'outcome'],
  });
  const duration = metrics.duration({
    name: 'upstream_duration_seconds',
    help: 'How long providers took to answer, from the first byte sent to the last byte of the answer.',
    labels: ['provider'],
  });
  const timeToFirstToken = metrics.duration({
    name: 'upstream_time_to_first_token_seconds',
    help: 'How long providers took to send the first content of a stream.',
    labels: ['provider'],
  });
  const exhaustedBudgets = metrics.counter({
    name: 'router_retry_budget_exhausted_total',
    help: 'Retries that were not made, since the budget of their target was used up.',
    labels: ['provider'],
  });
  const emptyAnswers = metrics.counter({
    name: 'upstream_empty_answers_total',
    help: 'Answers of providers that have ended by themselves and say nothing.',
    labels: ['provider'],
  });
  const lateWarnings = metrics.counter({
    name: 'upstream_late_warnings_total',
    help: 'What was mended or lost of streamed answers after their heads were sent, so that no header tells it.',
    labels: ['provider'],
  });
  return {
    observe(provider, outcome, elapsedMs) {
      requests.inc({ provider, outcome });
      duration.observe({ provider }, elapsedMs / 1_000);
    },
    observeFirstToken(provider, elapsedMs) {
      timeToFirstToken.observe({ provider }, elapsedMs / 1_000);
    },
    observeExhaustedBudget(provider) {
      exhaustedBudgets.inc({ provider });
    },
    observeEmptyAnswer(provider) {
      emptyAnswers.inc({ provider });
    },
    observeLateWarnings(provider, count) {
      lateWarnings.inc({ provider }, count);
    },
  };
}
