import type { completeChat, CompletionTrailer } from '@weir/contracts/router';
import type { UsageRecord } from '@weir/contracts/usage-record';
import type { StreamReply } from '@weir/service-kit/bus/bus';
import type { Fault } from '@weir/service-kit/fault';
import { withTruncatedNames } from '../dialects/usage.ts';
import { withDetails, type Failure } from '../domain/failure.ts';
import type { AvailableTarget, UnavailableTarget } from '../domain/routing/available-target.ts';
import { nextTarget } from '../domain/routing/fallback-policy.ts';
import type { TargetPlan } from '../domain/routing/target-plan.ts';
import { AttemptExecutor, type Purpose } from './attempt-executor.ts';
import type { EngineDependencies } from './engine-dependencies.ts';
import { runHedged, type HedgedRun } from './hedge.ts';
import type { Mirrors } from './mirrors.ts';
import { toRoutingRequest, type RequestContext } from './request-context.ts';
import { RunHandle } from './response-commit.ts';
import type { AttemptResult } from './attempt.ts';
import { TargetDispatcher } from './target-dispatcher.ts';

interface ExecutorParts {
  readonly request: RequestContext;
  readonly reply: StreamReply<typeof completeChat>;
  readonly mirrors: Mirrors;
  readonly engine: EngineDependencies;
}

/** Executes one chat request: target after target, until one has responded or none is left. */
export class RequestExecutor {
  readonly #parts: ExecutorParts;
  readonly #plan: TargetPlan;
  readonly #attempts: AttemptExecutor;
  readonly #dispatcher: TargetDispatcher;
  #first: AvailableTarget | undefined;
  /** Of the last target that was sent the request. */
  #lastFailure: Failure | undefined;

  constructor(parts: ExecutorParts) {
    const { request, engine, reply } = parts;
    this.#parts = parts;
    const plan = engine.selector.plan(toRoutingRequest(request));
    const attempts = new AttemptExecutor(request, engine);
    this.#plan = plan;
    this.#attempts = attempts;
    this.#dispatcher = new TargetDispatcher({ request, reply, engine, plan, attempts });
  }

  /** Sends the whole response. Throws the last target's Fault where all have failed. */
  async run(): Promise<void> {
    const { request, reply, mirrors } = this.#parts;
    mirrors.mirror(request, this.#attempts);
    let candidate = (this.#first = this.#plan.first());
    while (candidate) {
      const result = await this.#dispatch(candidate);
      if (result.ok) {
        reply.end(this.#trailer(result.usage), result.body);
        return;
      }
      candidate = this.#nextTarget(result.failure, candidate);
    }
    if (!(await this.#giveEmptyAnswer())) throw this.#fault();
  }

  /** Where another answer was wanted and none has come: the empty one was good, and has been paid for. */
  async #giveEmptyAnswer(): Promise<boolean> {
    const { request, reply } = this.#parts;
    const { emptyAnswer } = this.#attempts;
    if (!emptyAnswer || this.#dispatcher.isCommitted || request.signal.aborted) return false;
    const { body, chunks, sink, usage, warnings } = emptyAnswer;
    sink.commit(warnings);
    for (const chunk of chunks) await sink.write(chunk);
    reply.end(this.#trailer(usage), body);
    return true;
  }

  #trailer(usage: UsageRecord): CompletionTrailer {
    const { waited, costNanoUsd, limits } = this.#attempts;
    const { configRevision } = this.#parts.request;
    return {
      usage: withTruncatedNames(usage),
      upstreamMs: waited.totalMs,
      ...(costNanoUsd !== undefined && { costNanoUsd }),
      ...(this.#isFallback && { isFallback: true }),
      ...(configRevision !== undefined && { configRevision }),
      ...(limits && { limits: [...limits] }),
    };
  }

  /** Targets that may not or cannot take the request at any time are passed over as the config means it. */
  get #isFallback(): boolean {
    const { unavailable } = this.#plan;
    const { responding, failedTargets } = this.#dispatcher;
    const isForNow = ({ reason }: UnavailableTarget) =>
      reason.kind === 'unhealthy' || (reason.kind === 'unresolved' && reason.fault.retryable);
    return responding !== this.#first || failedTargets > 0 || unavailable.some(isForNow);
  }

  #nextTarget(failure: Failure, failed: AvailableTarget): AvailableTarget | undefined {
    // A target that had just become unhealthy, or for which this process lacked the means, was not sent the request: the
    // failure before it says more.
    if (!isOfNobodyAsked(failure.fault)) this.#lastFailure = failure;
    this.#lastFailure ??= failure;
    const { isCommitted, canContinue } = this.#dispatcher;
    const { areExhausted: areAttemptsExhausted } = this.#attempts;
    switch (nextTarget({ failure, areAttemptsExhausted, isCommitted, canContinue })) {
      case 'none':
        return undefined;
      case 'fallback':
        return this.#plan.nextAfter(failure, failed);
      case 'continuation':
        return this.#plan.nextRegardless();
    }
  }

  #dispatch(candidate: AvailableTarget): Promise<AttemptResult> {
    const { request } = this.#parts;
    const isFirst = this.#lastFailure === undefined;
    if (isFirst && request.config.hedge) return this.#dispatchHedged(candidate, request.config.hedge);
    const purpose = this.#dispatcher.isCommitted ? 'continuation' : isFirst ? 'first' : 'fallback';
    return this.#dispatcher.dispatch(candidate, purpose, new RunHandle(request.signal, { isAlone: true }));
  }

  #dispatchHedged(
    candidate: AvailableTarget,
    { percentile, delayMs }: NonNullable<RequestContext['config']['hedge']>,
  ): Promise<AttemptResult> {
    const { clock, load } = this.#parts.engine;
    const healthKeyId = candidate.credentialSlots[0]?.healthKey.id ?? '';
    return runHedged({
      first: this.#startRun(candidate, 'first'),
      delayMs: load.percentileMs(healthKeyId, percentile) ?? delayMs,
      startSecond: () => {
        const second = this.#dispatcher.isCommitted ? undefined : this.#plan.nextRegardless();
        return second && this.#startRun(second, 'hedge');
      },
      clock,
    });
  }

  #startRun(candidate: AvailableTarget, purpose: Purpose): HedgedRun {
    const run = new RunHandle(this.#parts.request.signal, { isAlone: false });
    return {
      result: this.#dispatcher.dispatch(candidate, purpose, run),
      hasLost: () => this.#dispatcher.hasLost(run),
    };
  }

  #fault(): Fault {
    const fault = this.#lastFailure?.fault ?? this.#plan.noTargetFault(this.#parts.engine.clock.nowMs());
    const fallbacks = Math.max(0, this.#dispatcher.failedTargets - 1);
    const { count, limits } = this.#attempts;
    const isOwnTrouble = fault.code === 'resource_exhausted' || this.#plan.unavailable.some(isDoubted);
    const tryAnother = isOwnTrouble ? this.#attempts.tryAnother : undefined;
    const warnings = [...(fault.details.warnings ?? []), ...this.#parts.request.config.warnings];
    return withDetails(fault, {
      attempts: count,
      fallbacks,
      ...(tryAnother && { tryAnother }),
      ...(limits && { limits: [...limits] }),
      ...(warnings.length > 0 && { warnings }),
    });
  }
}

const isOfNobodyAsked = ({ code }: Fault) => code === 'no_target_available' || code === 'resource_exhausted';

/** Whether another router may be answered. */
const isDoubted = ({ reason }: UnavailableTarget) => reason.kind === 'unhealthy' && reason.isDoubted === true;
