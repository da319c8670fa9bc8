import type { ChatRequest } from '@weir/contracts/chat/request';
import type { Clock } from '@weir/service-kit/clock';
import { Fault } from '@weir/service-kit/fault';
import { onAbort } from '@weir/service-kit/on-abort';
import { missingUsage } from '../dialects/usage.ts';
import type { WireRequest } from '../domain/dialect.ts';
import { withDetails, type Failure } from '../domain/failure.ts';
import type { AvailableTarget, CredentialSlot } from '../domain/routing/available-target.ts';
import { nextStep, type NextStep } from '../domain/routing/retry-policy.ts';
import type { AttemptExecutor, Purpose } from './attempt-executor.ts';
import { CredentialPicker } from './credential-picker.ts';
import type { EngineDependencies } from './engine-dependencies.ts';
import type { RequestContext } from './request-context.ts';
import type { ResponseSink } from './response-commit.ts';
import type { AttemptResult } from './attempt.ts';
import { WireRequestWriter } from './wire-request.ts';

export interface TargetRunOptions {
  readonly candidate: AvailableTarget;
  /** With the config's overrides applied. */
  readonly chat: ChatRequest;
  readonly purpose: Purpose;
  readonly signal: AbortSignal;
  /** `retries` gives how many there have been so far. */
  readonly sinkFor: (wire: WireRequest, retries: () => number) => ResponseSink;
  readonly hasLost: () => boolean;
  /** Whether another target could be tried after this failure. */
  readonly hasNextTarget: (failure: Failure) => boolean;
  readonly onContent: (texts: readonly string[]) => void;
}

interface ExecutorParts {
  readonly request: RequestContext;
  readonly attempts: AttemptExecutor;
  readonly engine: EngineDependencies;
}

/** What is sent, and where its response goes. */
interface Sent {
  readonly wire: WireRequest;
  readonly isCapRequired: boolean;
  readonly sink: ResponseSink;
}

/** Runs a request at one target: attempts with its credentials, and retries as `nextStep` and the retry budget allow. */
export class TargetExecutor {
  readonly #options: TargetRunOptions;
  readonly #parts: ExecutorParts;
  readonly #credentials: CredentialPicker;
  readonly #writer: WireRequestWriter;
  #retries = 0;

  constructor(options: TargetRunOptions, parts: ExecutorParts) {
    this.#options = options;
    this.#parts = parts;
    const { candidate, chat, signal } = options;
    const { clock, health, realKeys } = parts.engine;
    this.#writer = new WireRequestWriter(chat, candidate, parts.engine);
    this.#credentials = new CredentialPicker({ candidate, clock, health, realKeys, signal });
  }

  /** Resolves with the last attempt's result, or with the reason why there was none. Throws nothing. */
  async run(): Promise<AttemptResult> {
    const { candidate } = this.#options;
    const { attempts, engine } = this.#parts;
    let last: AttemptResult | undefined;
    try {
      let sent = this.#write();
      for (let { purpose } = this.#options; ; purpose = 'retry') {
        const picked = await this.#credentials.next();
        if (!picked) return last ?? this.#notSent(this.#credentials.unavailableFault());
        if (!last) engine.retryBudget.deposit(picked.slot.healthKey.id);
        // A budget may have been set in the meantime.
        if (sent.isCapRequired !== attempts.isCapRequired(candidate)) sent = this.#write();
        const { wire, sink } = sent;
        const result = await attempts.run({ ...this.#options, ...picked, wire, sink, purpose });
        last = withWarnings(result, wire.warnings);
        if (last.ok) {
          this.#writer.rememberRefusal();
          return last;
        }
        if (this.#mayRewrite(last.failure, sent)) sent = this.#write();
        else if (!(await this.#mayRepeat(last.failure, picked.slot, sink))) return last;
      }
    } catch (thrown) {
      return this.#notSent(Fault.from(thrown));
    }
  }

  #write(): Sent {
    const { candidate, sinkFor } = this.#options;
    const isCapRequired = this.#parts.attempts.isCapRequired(candidate);
    const wire = this.#writer.write(isCapRequired);
    return { wire, isCapRequired, sink: sinkFor(wire, () => this.#retries) };
  }

  /** Whether the host has refused what is the gateway's own, so that the request is written otherwise, and sent at once. */
  #mayRewrite(failure: Failure, { wire, sink }: Sent): boolean {
    if (sink.isCommitted || this.#parts.attempts.areExhausted) return false;
    if (!this.#writer.takeRefusal(failure, wire)) return false;
    this.#credentials.startRound();
    return true;
  }

  /** Whether another attempt follows; resolves when it is time for it. */
  async #mayRepeat(failure: Failure, slot: CredentialSlot, sink: ResponseSink): Promise<boolean> {
    const step = this.#nextStep(failure, sink);
    switch (step.kind) {
      case 'give_up':
        return false;
      case 'next_credential':
        return true;
      case 'retry':
        return this.#pauseForRetry(step.pauseMs, slot);
    }
  }

  #nextStep(failure: Failure, sink: ResponseSink): NextStep {
    const { candidate, hasNextTarget } = this.#options;
    const { request, attempts, engine } = this.#parts;
    return nextStep({
      failure,
      policy: candidate.target.policy.retry,
      retries: this.#retries,
      isCommitted: sink.isCommitted,
      areAttemptsExhausted: attempts.areExhausted,
      hasNextCredential: this.#credentials.hasNext,
      hasNextTarget: () => hasNextTarget(failure),
      statuses: this.#credentials.statuses,
      isConfigHost: candidate.provider.isOfConfig === true,
      nowMs: engine.clock.nowMs(),
      deadlineAtMs: request.envelope.deadlineAtMs,
      random: engine.random,
    });
  }

  async #pauseForRetry(pauseMs: number, { healthKey }: CredentialSlot): Promise<boolean> {
    const { candidate, signal } = this.#options;
    const { engine, attempts } = this.#parts;
    if (!engine.retryBudget.withdraw(healthKey.id)) {
      engine.metrics.observeExhaustedBudget(candidate.provider.name);
      return false;
    }
    this.#retries++;
    this.#credentials.startRound();
    const stopWaiting = attempts.waited.start();
    await pause(pauseMs, signal, engine.clock).finally(stopWaiting);
    return true;
  }

  #notSent(fault: Fault): AttemptResult {
    return { ok: false, failure: { fault }, usage: missingUsage(this.#options.candidate.model.id) };
  }
}

/** Who is told of a failure learns what was changed of the request before. */
function withWarnings(result: AttemptResult, warnings: readonly string[]): AttemptResult {
  if (result.ok || warnings.length === 0) return result;
  const fault = withDetails(result.failure.fault, { warnings: [...warnings] });
  return { ...result, failure: { ...result.failure, fault } };
}

/** Resolves after `ms`. Rejects with the signal's reason, a Fault, as soon as it is aborted. */
function pause(ms: number, signal: AbortSignal, clock: Clock): Promise<void> {
  return new Promise((resolve, reject) => {
    const stopTimer = clock.after(ms, () => {
      stopListening();
      resolve();
    });
    const stopListening = onAbort(signal, () => {
      stopTimer();
      reject(Fault.from(signal.reason));
    });
  });
}
