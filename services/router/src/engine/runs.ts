import type { ChatRequest } from '@weir/contracts/chat/request';
import type { completeChat, CompletionHead } from '@weir/contracts/router';
import type { StreamReply } from '@weir/service-kit/bus/bus';
import { Fault } from '@weir/service-kit/fault';
import { missingUsage } from '../dialects/usage.ts';
import type { WireRequest } from '../domain/dialect.ts';
import type { Candidate } from '../domain/routing/candidate.ts';
import type { Course } from '../domain/routing/course.ts';
import { withOverrides } from '../domain/routing/overrides.ts';
import type { Asked } from './asked.ts';
import type { AttemptResult } from './attempt.ts';
import type { Attempts, Purpose } from './attempts.ts';
import { Commitment } from './commitment.ts';
import { ContinuedStream } from './continued-stream.ts';
import type { EngineParts } from './engine-parts.ts';
import type { Outlet } from './outlet.ts';
import { refuseRefusals } from './refusal.ts';
import type { Rival } from './rival.ts';
import { TargetRun } from './target-run.ts';

interface RunsParts {
  readonly asked: Asked;
  readonly reply: StreamReply<typeof completeChat>;
  readonly course: Course;
  readonly attempts: Attempts;
  readonly engine: EngineParts;
}

/** All runs of one request at its targets, and what they have in common: the one answer that one of them gives. */
export class Runs {
  readonly #parts: RunsParts;
  readonly #commitment: Commitment;
  readonly #continued: ContinuedStream | undefined;
  #failed = 0;

  constructor(parts: RunsParts) {
    const { chat, config } = parts.asked;
    this.#parts = parts;
    this.#commitment = new Commitment(parts.reply);
    if (chat.stream && config.onStreamFailure === 'continue') this.#continued = new ContinuedStream();
  }

  /** How many targets were asked and have failed, but for those that were given up for another's answer. */
  get failed(): number {
    return this.#failed;
  }

  /** Whether the answer has begun. */
  get areCommitted(): boolean {
    return this.#commitment.isMade;
  }

  /** Whether the answer has begun, and broken where another target could go on with it. */
  get canBeContinued(): boolean {
    return this.areCommitted && (this.#continued?.isOpen ?? false);
  }

  hasLost(rival: Rival): boolean {
    return this.#commitment.hasLost(rival);
  }

  /** Asks one target. Throws nothing. */
  async run(candidate: Candidate, purpose: Purpose, rival: Rival): Promise<AttemptResult> {
    const { asked, attempts, course, engine } = this.#parts;
    const before = attempts.count;
    const chat = this.#chatFor(candidate);
    if (!chat) return unfit(candidate);
    const run = new TargetRun(
      {
        candidate,
        chat,
        purpose,
        signal: rival.signal,
        outletOf: (wire, retries) => this.#outletOf({ candidate, chat, rival, wire, retries }),
        hasLost: () => purpose !== 'continuation' && this.hasLost(rival),
        couldMoveOn: (failure) => course.couldMoveOn(failure),
        onContent: (texts) => {
          const hasSuccessor = course.takesOver('content_policy_violation', candidate);
          if (hasSuccessor && !this.areCommitted) refuseRefusals(texts);
        },
      },
      { asked, engine, attempts },
    );
    const result = await run.run();
    if (!result.ok && !this.hasLost(rival) && attempts.count > before) this.#failed++;
    return result;
  }

  /** What a target is asked; undefined where it is to go on with a stream, and would answer in more than one text. */
  #chatFor({ target }: Candidate): ChatRequest | undefined {
    const chat = withOverrides(this.#parts.asked.chat, target.overrides);
    return this.#continued && this.areCommitted ? this.#continued.restOf(chat) : chat;
  }

  #outletOf({ candidate, chat, rival, wire, retries }: Entrant): Outlet {
    if (this.#continued && this.areCommitted) {
      return this.#continued.continuation((chunk) => this.#parts.reply.chunk(chunk));
    }
    const outlet = this.#commitment.enter(rival, () => this.#head(candidate, wire, retries()));
    return this.#continued?.beginning(chat, outlet) ?? outlet;
  }

  #head({ provider, model, target }: Candidate, wire: WireRequest, retries: number): CompletionHead {
    const { asked, attempts } = this.#parts;
    const { config, configName } = asked;
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
      fallbacks: this.#failed,
      upstreamMs: attempts.waited.totalMs,
    };
  }
}

interface Entrant {
  readonly candidate: Candidate;
  readonly chat: ChatRequest;
  readonly rival: Rival;
  readonly wire: WireRequest;
  readonly retries: () => number;
}

/** It is not asked, and so it says nothing of the request: what has broken the stream does. */
function unfit({ model }: Candidate): AttemptResult {
  const fault = new Fault('no_target_available');
  return { ok: false, failure: { fault }, usage: missingUsage(model.id) };
}
