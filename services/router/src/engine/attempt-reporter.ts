import type { EngineDependencies } from './engine-dependencies.ts';
import { toAttemptMade, type FinishedAttempt } from './attempt-report.ts';
import { logFailure } from './failure-log.ts';
import type { RequestContext } from './request-context.ts';
import type { AttemptOptions } from './send-to-target.ts';

type Finished = AttemptOptions &
  Omit<FinishedAttempt, 'outcome' | 'isFirstReport'> & { readonly isCancelled: boolean };

/** Measures, logs and reports the finished attempts of one request. */
export class AttemptReporter {
  readonly #request: RequestContext;
  readonly #engine: EngineDependencies;
  #hasReported = false;

  constructor(request: RequestContext, engine: EngineDependencies) {
    this.#request = request;
    this.#engine = engine;
  }

  report(finished: Finished): void {
    const { candidate, firstContentMs, isCancelled, latencyMs, result } = finished;
    const { metrics, report } = this.#engine;
    const provider = candidate.provider.name;
    const outcome = isCancelled ? 'cancelled' : result.ok ? 'ok' : result.failure.fault.code;
    metrics.observe(provider, outcome, latencyMs);
    if (this.#request.chat.stream && firstContentMs !== undefined) {
      metrics.observeFirstToken(provider, firstContentMs);
    }
    if (result.lateWarnings?.length) this.#logLate(result.lateWarnings, provider);
    if (!result.ok && !isCancelled) {
      const { logger } = this.#engine;
      logFailure(result.failure, { ...finished, envelope: this.#request.envelope, logger });
    }
    const isFirstReport = !this.#hasReported;
    this.#hasReported = true;
    report(toAttemptMade(this.#request, { ...finished, outcome, isFirstReport }));
  }

  /** Of the answer, where its head had been sent. */
  #logLate(warnings: readonly string[], provider: string): void {
    const { requestId } = this.#request.envelope;
    this.#engine.metrics.observeLateWarnings(provider, warnings.length);
    this.#engine.logger.warn(
      { warnings, provider, requestId },
      'an answer was mended after its head was sent',
    );
  }
}
