import type { ChatRequest } from '@weir/contracts/chat/request';
import type { completeChat, CompletionHead } from '@weir/contracts/router';
import type { StreamReply } from '@weir/service-kit/bus/bus';
import { Fault } from '@weir/service-kit/fault';
import { z } from 'zod';
import { missingUsage } from '../dialects/usage.ts';
import type { WireRequest } from '../domain/dialect.ts';
import type { AvailableTarget } from '../domain/routing/available-target.ts';
import { withOverrides } from '../domain/routing/overrides.ts';
import type { TargetPlan } from '../domain/routing/target-plan.ts';
import type { AttemptExecutor, Purpose } from './attempt-executor.ts';
import type { EngineDependencies } from './engine-dependencies.ts';
import type { RequestContext } from './request-context.ts';
import { ResponseCommit, type RunHandle } from './response-commit.ts';
import type { AttemptResult } from './send-attempt.ts';
import { StreamContinuation } from './stream-continuation.ts';
import { TargetExecutor } from './target-executor.ts';

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
    const { request, attempts, plan, engine } = this.#parts;
    const attemptsBefore = attempts.count;
    const chat = this.#chatFor(candidate);
    if (!chat) return cannotContinue(candidate);
    const executor = new TargetExecutor(
      {
        candidate,
        chat,
        purpose,
        signal: run.signal,
        sinkFor: (wire, retries) =>
          this.#commit.sinkFor({
            run,
            chat,
            head: () => {
              this.#responding = candidate;
              return this.#head(candidate, wire, retries());
            },
          }),
        hasLost: () => purpose !== 'continuation' && this.hasLost(run),
        hasNextTarget: (failure) => plan.hasNextAfter(failure),
        onContent: (texts) => {
          const hasFallback = plan.hasModelFallback('content_policy_violation', candidate);
          if (hasFallback && !this.isCommitted) throwOnRefusal(texts);
        },
      },
      { request, engine, attempts },
    );
    const result = await executor.run();
    if (!result.ok && !this.hasLost(run) && attempts.count > attemptsBefore) this.#failedTargets++;
    return result;
  }

  /** Undefined where the target is to continue a stream, and its response would be more than one text. */
  #chatFor({ target }: AvailableTarget): ChatRequest | undefined {
    const chat = withOverrides(this.#parts.request.chat, target.overrides);
    return this.#continuation && this.isCommitted ? this.#continuation.restOf(chat) : chat;
  }

  #head(candidate: AvailableTarget, wire: WireRequest, retries: number): CompletionHead {
    const { provider, model, target } = candidate;
    const { request, attempts } = this.#parts;
    const { config, configName } = request;
    return {
      provider: provider.name,
      model: model.id,
      warnings: [...wire.warnings, ...config.warnings],
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

/** The target is passed over like an unavailable one, so that the request's fault stays the one that broke the stream. */
function cannotContinue({ model }: AvailableTarget): AttemptResult {
  const fault = new Fault('no_target_available');
  return { ok: false, failure: { fault }, usage: missingUsage(model.id) };
}

const messageSchema = z.looseObject({ refusal: z.string().nullish() }).optional();

const responseSchema = z.looseObject({
  choices: z.array(
    z.looseObject({ finish_reason: z.string().nullish(), delta: messageSchema, message: messageSchema }),
  ),
});

/**
 * Throws `content_policy_violation` where a response with status 200, or the beginning of a stream, is the model's refusal.
 * Only for configs with `content_policy_fallbacks`: all other clients get the refusal as it is.
 */
function throwOnRefusal(texts: readonly string[]): void {
  for (const text of texts) {
    const response = responseSchema.safeParse(JSON.parse(text)).data;
    const isRefusal = response?.choices.some(
      ({ finish_reason, delta, message }) =>
        finish_reason === 'content_filter' || Boolean(delta?.refusal) || Boolean(message?.refusal),
    );
    if (isRefusal) throw new Fault('content_policy_violation');
  }
}
