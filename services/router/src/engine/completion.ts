import type { completeChat } from '@weir/contracts/router';
import type { StreamReply } from '@weir/service-kit/bus/bus';
import type { Fault } from '@weir/service-kit/fault';
import { withShortWords } from '../dialects/short-word.ts';
import { withDetails } from '../domain/fault-details.ts';
import { isFinal, type Failure } from '../domain/failure.ts';
import type { Candidate } from '../domain/routing/candidate.ts';
import type { Course } from '../domain/routing/course.ts';
import type { Asked } from './asked.ts';
import type { AttemptResult } from './attempt.ts';
import { Attempts, type Purpose } from './attempts.ts';
import type { EngineParts } from './engine-parts.ts';
import { askHedged, type Contender } from './hedge.ts';
import type { Mirrors } from './mirrors.ts';
import { Rival } from './rival.ts';
import { Runs } from './runs.ts';

interface CompletionParts {
  readonly asked: Asked;
  readonly reply: StreamReply<typeof completeChat>;
  readonly mirrors: Mirrors;
  readonly engine: EngineParts;
}

/** One chat on its way to an answer: from target to target, until one has answered or none is left. */
export class Completion {
  readonly #parts: CompletionParts;
  readonly #course: Course;
  readonly #attempts: Attempts;
  readonly #runs: Runs;
  /** Why the last target failed that was asked. */
  #last: Failure | undefined;

  constructor(parts: CompletionParts) {
    const { asked, engine, reply } = parts;
    const { chat, config, envelope } = asked;
    this.#parts = parts;
    this.#course = engine.decider.begin({ config, chat, metadata: envelope.metadata ?? {} });
    this.#attempts = new Attempts(asked, engine);
    this.#runs = new Runs({ asked, reply, engine, course: this.#course, attempts: this.#attempts });
  }

  /** Sends the whole answer, or throws the Fault that is left when no target is. */
  async run(): Promise<void> {
    const { asked, reply, mirrors } = this.#parts;
    mirrors.reflect(asked, this.#attempts);
    let candidate = this.#course.first();
    while (candidate) {
      const result = await this.#ask(candidate);
      if (result.ok) {
        const upstreamMs = this.#attempts.waited.totalMs;
        reply.end({ usage: withShortWords(result.usage), upstreamMs }, result.body);
        return;
      }
      candidate = this.#next(result.failure, candidate);
    }
    throw this.#fault();
  }

  /** The target that takes over; undefined where there is none, or where nobody can go on from what has been sent. */
  #next(failure: Failure, failed: Candidate): Candidate | undefined {
    // A target that was not asked, since it rests, says less than one that has failed.
    if (failure.fault.code !== 'no_target_available') this.#last = failure;
    this.#last ??= failure;
    if (isFinal(failure) || this.#attempts.areUsedUp) return undefined;
    if (!this.#runs.areCommitted) return this.#course.after(failure, failed);
    // Whoever wants a broken stream to go on wants that whatever has broken it.
    return this.#runs.canBeContinued ? this.#course.beside() : undefined;
  }

  #ask(candidate: Candidate): Promise<AttemptResult> {
    const { asked } = this.#parts;
    const isFirst = this.#last === undefined;
    if (isFirst && asked.config.hedge) return this.#askHedged(candidate, asked.config.hedge);
    const purpose = this.#runs.areCommitted ? 'continuation' : isFirst ? 'first' : 'fallback';
    return this.#runs.run(candidate, purpose, new Rival(asked.signal, { isAlone: true }));
  }

  #askHedged(
    candidate: Candidate,
    { percentile, delayMs }: NonNullable<Asked['config']['hedge']>,
  ): Promise<AttemptResult> {
    const { clock, load } = this.#parts.engine;
    const key = candidate.accesses[0]?.subject.key ?? '';
    return askHedged({
      first: this.#contend(candidate, 'first'),
      delayMs: load.percentileMs(key, percentile) ?? delayMs,
      askSecond: () => {
        const other = this.#runs.areCommitted ? undefined : this.#course.beside();
        return other && this.#contend(other, 'hedge');
      },
      clock,
    });
  }

  #contend(candidate: Candidate, purpose: Purpose): Contender {
    const rival = new Rival(this.#parts.asked.signal, { isAlone: false });
    return {
      result: this.#runs.run(candidate, purpose, rival),
      hasLost: () => this.#runs.hasLost(rival),
    };
  }

  #fault(): Fault {
    const fault = this.#last?.fault ?? this.#course.fault(this.#parts.engine.clock.nowMs());
    const fallbacks = Math.max(0, this.#runs.failed - 1);
    return withDetails(fault, { attempts: this.#attempts.count, fallbacks });
  }
}
