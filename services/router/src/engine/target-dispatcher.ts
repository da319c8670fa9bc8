import type { ChatRequest } from '@weir/contracts/chat/request';
import type { completeChat, CompletionHead } from '@weir/contracts/router';
import type { StreamReply } from '@weir/service-kit/bus/bus';
import type { AvailableTarget } from '../domain/routing/available-target.ts';
import { withOverrides } from '../domain/routing/overrides.ts';
import type { TargetPlan } from '../domain/routing/target-plan.ts';
import type { AttemptExecutor, Purpose } from './attempt-executor.ts';
import { continueStream } from './continue-stream.ts';
import type { EngineDependencies } from './engine-dependencies.ts';
import { throwOnRefusal } from './model-refusal.ts';
import type { RequestContext } from './request-context.ts';
import { ResponseCommit, type RunHandle } from './response-commit.ts';
import type { AttemptResult } from './attempt.ts';
import { StreamContinuation } from './stream-continuation.ts';
import { TargetExecutor, type TargetRunOptions } from './target-executor.ts';

interface DispatcherParts {
  readonly request: RequestContext;
  readonly reply: StreamReply<typeof completeChat>;
  readonly plan: TargetPlan;
  readonly attempts: AttemptExecutor;
  readonly engine: EngineDependencies;
}

/** Dispatches one request to targets, and keeps what their runs share: the one response that the client gets. */
export class TargetDispatcher {
  readonly #parts: DispatcherParts;
  readonly #commit: ResponseCommit;
  readonly #continuation: StreamContinuation | undefined;
  #failedTargets = 0;
  #running = 0;
  #responding: AvailableTarget | undefined;

  constructor(parts: DispatcherParts) {
    const { chat, config } = parts.request;
    this.#parts = parts;
    if (chat.stream && config.onStreamFailure === 'continue') this.#continuation = new StreamContinuation();
    this.#commit = new ResponseCommit({ reply: parts.reply, continuation: this.#continuation });
  }

  /** How many targets were sent the request and failed, without those that were cancelled for another's response. */
  get failedTargets(): number {
    return this.#failedTargets;
  }

  /** The target whose response the client gets, or got the beginning of. */
  get responding(): AvailableTarget | undefined {
    return this.#responding;
  }

  /** Whether the client has been sent a part of a response. */
  get isCommitted(): boolean {
    return this.#commit.isMade;
  }

  /** Whether the client has been sent a part of a stream that another target could continue. */
  get canContinue(): boolean {
    return this.isCommitted && (this.#continuation?.isPossible ?? false);
  }

  hasLost(run: RunHandle): boolean {
    return this.#commit.hasLost(run);
  }

  /** Runs the request at one target. Throws nothing. */
  async dispatch(candidate: AvailableTarget, purpose: Purpose, run: RunHandle): Promise<AttemptResult> {
    const { request, attempts, engine } = this.#parts;
    const attemptsBefore = attempts.count;
    const chat = withOverrides(request.chat, candidate.target.overrides);
    this.#running++;
    const result =
      this.#continuation && purpose === 'continuation'
        ? await continueStream({
            continuation: this.#continuation,
            chat,
            candidate,
            reply: this.#parts.reply,
            prefills: engine.prefills,
            ask: (rest, sink) =>
              this.#execute(candidate, run, {
                chat: rest,
                purpose,
                sinkFor: () => sink,
                hasLost: () => false,
              }),
            mayAskAgain: () => !attempts.areExhausted,
          })
        : await this.#begin(candidate, chat, purpose, run);
    this.#running--;
    if (!result.ok && !this.hasLost(run) && attempts.count > attemptsBefore) this.#failedTargets++;
    return result;
  }

  #begin(
    candidate: AvailableTarget,
    chat: ChatRequest,
    purpose: Purpose,
    run: RunHandle,
  ): Promise<AttemptResult> {
    return this.#execute(candidate, run, {
      chat,
      purpose,
      sinkFor: (wire, retries) =>
        this.#commit.sinkFor({
          run,
          chat,
          head: (warnings) => {
            this.#responding = candidate;
            return this.#head(candidate, [...wire.warnings, ...warnings], retries());
          },
        }),
      hasLost: () => this.hasLost(run),
    });
  }

  #execute(
    candidate: AvailableTarget,
    run: RunHandle,
    options: Pick<TargetRunOptions, 'chat' | 'purpose' | 'sinkFor' | 'hasLost'>,
  ): Promise<AttemptResult> {
    const { request, attempts, plan, engine } = this.#parts;
    const executor = new TargetExecutor(
      {
        ...options,
        candidate,
        signal: run.signal,
        // For an empty answer it is enough that another target has been asked beside.
        hasNextTarget: (failure) =>
          plan.hasNextAfter(failure) || (failure.isEmptyAnswer === true && this.#running > 1),
        onContent: (texts) => {
          const hasFallback = plan.hasModelFallback('content_policy_violation', candidate);
          if (hasFallback && !this.isCommitted) throwOnRefusal(texts);
        },
      },
      { request, engine, attempts },
    );
    return executor.run();
  }

  #head(candidate: AvailableTarget, warnings: readonly string[], retries: number): CompletionHead {
    const { provider, model, target } = candidate;
    const { request, attempts } = this.#parts;
    const { config, configName } = request;
    return {
      provider: provider.name,
      model: model.id,
      warnings: [...warnings, ...config.warnings],
      ...(configName !== undefined && {
        target: target.name ?? target.path,
        optionIndex: [...target.indexes],
      }),
      attempts: attempts.count,
      retries,
      fallbacks: this.#failedTargets,
      upstreamMs: attempts.waited.totalMs,
      ...(attempts.isKnownModel(candidate) && { isKnownModel: true }),
      ...(attempts.limits && { limits: [...attempts.limits] }),
    };
  }
}
