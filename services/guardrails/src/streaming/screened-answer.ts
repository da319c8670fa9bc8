import type { ChatRequest } from '@weir/contracts/chat/request';
import type { CompletionHead, CompletionTrailer, completeChat } from '@weir/contracts/router';
import type { completeScreened } from '@weir/contracts/guardrails/screening';
import type { StreamCall, StreamReply, StreamSink } from '@weir/service-kit/bus/bus';
import { Fault } from '@weir/service-kit/fault';
import { Denial } from '../screening/denial.ts';
import type { SummaryBuilder } from '../screening/summary-builder.ts';
import type { Chunk, ChunkScreen, Refusal } from './chunk-screen.ts';
import { chatUsageOf, estimateUsage } from './estimate-usage.ts';
import { readUsageChunk, type UsageChunk, withGuardrails } from './usage-chunk.ts';

interface AnswerParts {
  readonly chat: ChatRequest;
  /** The request as it was sent. */
  readonly body: Uint8Array;
  readonly reply: StreamReply<typeof completeScreened>;
  readonly summary: SummaryBuilder;
  readonly stream: ChunkScreen;
  readonly screenWhole: (body: Uint8Array) => Promise<Uint8Array>;
  /** Called once, when it is over. */
  readonly onOver: (end: AnswerEnd) => void;
}

export interface AnswerEnd {
  /** Undefined where the reply has its end. */
  readonly fault: Fault | undefined;
  /** What was thrown, be it that the reply has its end all the same. */
  readonly cause: unknown;
}

/** So many parts of an answer may wait to be screened before its provider is asked to wait. */
const maxWaiting = 8;

/** The router's answer on its way to the requester: its parts are screened one after the other, and pass in their order. */
export class ScreenedAnswer implements StreamSink<typeof completeChat> {
  readonly #parts: AnswerParts;
  #call: StreamCall | undefined;
  #head: CompletionHead | undefined;
  #isHeadSent = false;
  /** It comes last, when all that was found is known. */
  #usage: UsageChunk | undefined;
  #isOver = false;
  #waiting = 0;
  #tail: Promise<void> = Promise.resolve();
  readonly #beganAtMs = performance.now();

  constructor(parts: AnswerParts) {
    this.#parts = parts;
  }

  /** The call that the answer comes by. */
  attach(call: StreamCall): void {
    this.#call = call;
  }

  onHead(head: CompletionHead): void {
    this.#head = head;
  }

  onChunk(chunk: Uint8Array): void {
    this.#next(async () => {
      await this.#send(await this.#parts.stream.push(chunk));
    });
  }

  onEnd(trailer: CompletionTrailer, body: Uint8Array): void {
    this.#next(async () => {
      const { stream, screenWhole, summary, reply } = this.#parts;
      if (body.length === 0) await this.#send(await stream.end());
      await this.#sendUsage();
      const whole = body.length === 0 ? body : await screenWhole(body);
      this.#sendHead();
      reply.end({ ...trailer, guardrails: summary.build() }, whole);
      this.#over();
    });
  }

  onFault(fault: Fault): void {
    // After what is being screened: it came before.
    this.#next(async () => {
      throw fault;
    });
  }

  /** Ends it, and the provider's work on it. What is held back is dropped. */
  abandon(thrown: unknown): void {
    if (this.#isOver) return;
    this.#call?.cancel();
    const { code, message, cause, details } = Fault.from(thrown);
    const guardrails = this.#parts.summary.build();
    this.#over(new Fault(code, { message, cause, ...details, guardrails }));
  }

  #next(task: () => Promise<void>): void {
    if (this.#isOver) return;
    if (++this.#waiting === maxWaiting) this.#call?.pause();
    this.#tail = this.#tail.then(async () => {
      if (this.#isOver) return;
      try {
        await task();
      } catch (thrown) {
        await this.#failed(thrown);
      }
      if (--this.#waiting === 0) this.#call?.resume();
    });
  }

  async #failed(thrown: unknown): Promise<void> {
    const refusal = thrown instanceof Denial ? this.#parts.stream.refusal : undefined;
    if (!refusal) {
      this.abandon(thrown);
      return;
    }
    this.#call?.cancel();
    try {
      await this.#refuse(refusal, thrown);
    } catch (failure) {
      this.abandon(failure);
    }
  }

  /** The answer's end where a part of it has gone out: its usage is nobody's count any more. */
  async #refuse(refusal: Refusal, denial: unknown): Promise<void> {
    const { chat, body, reply, summary } = this.#parts;
    const model = this.#head?.model ?? chat.model;
    const usage = estimateUsage({ body, outputTokens: refusal.outputTokens, model });
    await this.#send(refusal.chunks);
    if (chat.stream_options?.include_usage === true)
      await this.#send([refusal.usageChunk(chatUsageOf(usage))]);
    await this.#sendUsage();
    const upstreamMs = performance.now() - this.#beganAtMs;
    reply.end({ usage, upstreamMs, guardrails: summary.build() });
    this.#over(undefined, denial);
  }

  async #send(chunks: readonly Chunk[]): Promise<void> {
    for (const chunk of chunks) {
      const usage = readUsageChunk(chunk);
      if (usage) this.#usage = usage;
      else await this.#sendOne(chunk);
    }
  }

  async #sendUsage(): Promise<void> {
    if (this.#usage) await this.#sendOne(withGuardrails(this.#usage, this.#parts.summary.build()));
  }

  async #sendOne(chunk: Chunk): Promise<void> {
    this.#sendHead();
    await this.#parts.reply.chunk(chunk);
  }

  /** It rides on what follows, and so says all that is known by then. */
  #sendHead(): void {
    if (this.#isHeadSent || !this.#head) return;
    this.#isHeadSent = true;
    this.#parts.reply.head({ ...this.#head, guardrails: this.#parts.summary.build() });
  }

  #over(fault?: Fault, cause: unknown = fault): void {
    this.#isOver = true;
    this.#parts.onOver({ fault, cause });
  }
}
