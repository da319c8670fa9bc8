import type { ChatRequest } from '@weir/contracts/chat/request';
import type { completeChat, CompletionHead } from '@weir/contracts/router';
import type { StreamReply } from '@weir/service-kit/bus/bus';
import { Fault } from '@weir/service-kit/fault';
import { withShortWords } from '../dialects/short-word.ts';
import type { WireRequest } from '../domain/dialect.ts';
import { withDetails } from '../domain/fault-details.ts';
import { isFinal, type Failure } from '../domain/failure.ts';
import type { Candidate } from '../domain/routing/candidate.ts';
import type { Course } from '../domain/routing/course.ts';
import type { Asked } from './asked.ts';
import type { AttemptResult } from './attempt.ts';
import { Attempts, type Purpose } from './attempts.ts';
import { Commitment } from './commitment.ts';
import { ContinuedStream } from './continued-stream.ts';
import type { EngineParts } from './engine-parts.ts';
import { askHedged } from './hedge.ts';
import type { Mirrors } from './mirrors.ts';
import type { Outlet } from './outlet.ts';
import { refuseRefusals } from './refusal.ts';
import { Rival } from './rival.ts';
import { TargetRun } from './target-run.ts';

interface CompletionParts {
  readonly asked: Asked;
  readonly reply: StreamReply<typeof completeChat>;
  readonly mirrors: Mirrors;
  readonly engine: EngineParts;
}

/** What a hedge looks for another target by. */
const tooSlow: Failure = { fault: new Fault('upstream_timeout') };

/** One chat on its way to an answer: from target to target, until one has answered or none is left. */
export class Completion {
  readonly #parts: CompletionParts;
  readonly #course: Course;
  readonly #attempts: Attempts;
  readonly #commitment: Commitment;
  readonly #continued: ContinuedStream | undefined;
  #chat: ChatRequest;
  /** The target that was looked up before it was due. */
  #ahead: { readonly candidate: Candidate | undefined } | undefined;
  #last: Failure | undefined;
  #failedTargets = 0;

  constructor(parts: CompletionParts) {
    const { asked, engine, reply } = parts;
    const { chat, config, envelope } = asked;
    this.#parts = parts;
    this.#chat = chat;
    this.#course = engine.decider.begin({ config, chat, metadata: envelope.metadata ?? {} });
    this.#attempts = new Attempts(asked, engine);
    this.#commitment = new Commitment(reply);
    if (chat.stream && config.onStreamFailure === 'continue') this.#continued = new ContinuedStream(chat);
  }

  /** Sends the whole answer, or throws the Fault that is left when no target is. */
  async run(): Promise<void> {
    const { asked, reply, mirrors, engine } = this.#parts;
    mirrors.reflect(asked, this.#attempts);
    let candidate = this.#course.first();
    while (candidate) {
      const result = await this.#ask(candidate);
      if (result.ok) {
        const upstreamMs = this.#attempts.waited.totalMs;
        reply.end({ usage: withShortWords(result.usage), upstreamMs }, result.body);
        return;
      }
      this.#last = result.failure;
      this.#failedTargets++;
      candidate = this.#next(result.failure);
    }
    const fault = this.#last?.fault ?? this.#course.fault(engine.clock.nowMs());
    const fallbacks = Math.max(0, this.#failedTargets - 1);
    throw withDetails(fault, { attempts: this.#attempts.count, fallbacks });
  }

  /** The target that takes over; undefined where there is none, or where nobody can go on from what has been sent. */
  #next(failure: Failure): Candidate | undefined {
    if (this.#attempts.areUsedUp) return undefined;
    if (this.#commitment.isMade) {
      const rest = isFinal(failure) ? undefined : this.#continued?.rest();
      if (!rest) return undefined;
      this.#chat = rest;
    }
    const { candidate } = this.#ahead ?? { candidate: this.#course.after(failure) };
    this.#ahead = undefined;
    return candidate;
  }

  #mayMoveOn(failure: Failure): boolean {
    this.#ahead ??= { candidate: this.#course.after(failure) };
    return this.#ahead.candidate !== undefined;
  }

  #ask(candidate: Candidate): Promise<AttemptResult> {
    const { asked, engine } = this.#parts;
    const { hedge } = asked.config;
    if (this.#failedTargets > 0 || !hedge) {
      const purpose = this.#commitment.isMade
        ? 'continuation'
        : this.#failedTargets > 0
          ? 'fallback'
          : 'first';
      const alone = new Rival(asked.signal, { isAlone: true });
      return this.#run(candidate, purpose, alone, (failure) => this.#mayMoveOn(failure));
    }
    const key = candidate.accesses[0]?.subject.key ?? '';
    const first = new Rival(asked.signal, { isAlone: false });
    const second = new Rival(asked.signal, { isAlone: false });
    return askHedged({
      delayMs: engine.load.percentileMs(key, hedge.percentile) ?? hedge.delayMs,
      first,
      second,
      askFirst: () => this.#run(candidate, 'first', first, () => false),
      askSecond: () => {
        const other = this.#next(tooSlow);
        return other && this.#run(other, 'hedge', second, () => false);
      },
      commitment: this.#commitment,
      clock: engine.clock,
    });
  }

  #run(
    candidate: Candidate,
    purpose: Purpose,
    rival: Rival,
    mayMoveOn: (failure: Failure) => boolean,
  ): Promise<AttemptResult> {
    const { asked, engine } = this.#parts;
    return new TargetRun(
      {
        candidate,
        chat: this.#chat,
        purpose,
        signal: rival.signal,
        outletOf: (wire) => this.#outletOf(rival, candidate, wire),
        isCommitted: () => this.#commitment.isMade,
        hasLost: () => this.#commitment.hasLost(rival) && purpose !== 'continuation',
        mayMoveOn,
        onContent: (texts) => {
          if (this.#hasRefusalFallbacks) refuseRefusals(texts);
        },
      },
      { asked, engine, attempts: this.#attempts },
    ).run();
  }

  #outletOf(rival: Rival, candidate: Candidate, wire: WireRequest): Outlet {
    if (this.#continued && this.#commitment.isMade) {
      return this.#continued.continuation((chunk) => this.#parts.reply.chunk(chunk));
    }
    const outlet = this.#commitment.enter(rival, () => this.#head(candidate, wire));
    return this.#continued?.beginning(outlet) ?? outlet;
  }

  /** Whether a refusal is to be answered by another model: then it must not be sent. */
  get #hasRefusalFallbacks(): boolean {
    const { contentPolicyFallbacks: fallbacks } = this.#parts.asked.config;
    return !this.#commitment.isMade && (fallbacks.has(this.#course.model) || fallbacks.has('*'));
  }

  #head({ provider, model, target }: Candidate, wire: WireRequest): CompletionHead {
    const { config, configName } = this.#parts.asked;
    return {
      provider: provider.name,
      model: model.id,
      warnings: [...wire.warnings, ...config.warnings],
      ...(configName !== undefined && {
        target: target.name ?? target.path,
        optionIndex: [...target.indexes],
      }),
      attempts: this.#attempts.count,
      fallbacks: this.#failedTargets,
      upstreamMs: this.#attempts.waited.totalMs,
    };
  }
}
