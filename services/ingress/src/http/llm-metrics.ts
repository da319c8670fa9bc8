import type { Metrics } from '@weir/service-kit/metrics';
import type { CompletionLabels, RequestOutcome } from './request-outcome.ts';

/** Of a completion that nobody has begun to answer. */
export const unanswered: CompletionLabels = { provider: 'none', model: 'none' };

/** What dashboards read of completions, by the names that other gateways give them. */
export function createLlmMetrics(metrics: Metrics) {
  const labels = ['provider', 'model', 'status', 'stream'] as const;
  const requests = metrics.counter({
    name: 'llm_requests_total',
    help: 'Completions asked for, by who has answered and what became of them.',
    labels,
  });
  const duration = metrics.duration({
    name: 'llm_request_duration_seconds',
    help: "From a completion request's head to the end of its answer.",
    labels: ['provider', 'model'],
  });
  return {
    ended({ completion, fault, status, isStreamed, beganAtMs, endedAtMs }: RequestOutcome): void {
      if (!completion) return;
      const { model } = completion;
      const isUnanswered = completion === unanswered;
      const provider = isUnanswered ? (fault?.details.provider ?? 'none') : completion.provider;
      requests.inc({ provider, model, status: `${Math.floor(status / 100)}xx`, stream: String(isStreamed) });
      duration.observe({ provider, model }, (endedAtMs - beganAtMs) / 1_000);
    },
  };
}
