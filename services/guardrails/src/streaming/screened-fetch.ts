import type { CompletionRequest, CompletionSink } from '@weir/cache-client/completion-request';
import type { ChatRequest } from '@weir/contracts/chat/request';
import type { Envelope } from '@weir/contracts/envelope';
import type { completeScreened } from '@weir/contracts/guardrails/screening';
import { type CompletionHead, type CompletionTrailer, completeChat } from '@weir/contracts/router';
import type { Bus, StreamCall, StreamReply } from '@weir/service-kit/bus/bus';
import { Fault } from '@weir/service-kit/fault';
import { Placeholders } from '../masking/placeholders.ts';
import { screenCompletion } from '../screening/screen-completion.ts';
import { Screener, type ScreenerParts } from '../screening/screener.ts';
import { createChunkScreen } from './create-chunk-screen.ts';
import { ScreenedAnswer } from './screened-answer.ts';

interface FetchParts {
  readonly bus: Pick<Bus, 'requestStream'>;
  readonly chat: ChatRequest;
  /** The request as it may travel on. */
  readonly body: Uint8Array;
  readonly screening: ScreenerParts;
  readonly hashKey: () => Buffer;
}

/**
 * Asks the router for an answer that can be kept: it is screened, and what was masked in its request is still masked. It may
 * be fetched when its request is over, to renew what is kept.
 */
export const createScreenedFetch =
  (parts: FetchParts): CompletionRequest['fetch'] =>
  (envelope, sink) =>
    new ScreenedFetch(parts, envelope, sink);

class ScreenedFetch implements StreamCall, StreamReply<typeof completeScreened> {
  readonly #sink: CompletionSink;
  readonly #answer: ScreenedAnswer;
  readonly #call: StreamCall;
  readonly #leaving = new AbortController();
  #paused: PromiseWithResolvers<void> | undefined;
  #isOver = false;

  constructor({ bus, chat, body, screening, hashKey }: FetchParts, envelope: Envelope, sink: CompletionSink) {
    this.#sink = sink;
    const context = { ...screening.context, signal: this.#leaving.signal };
    const screener = new Screener({ ...screening, context });
    const placeholders = new Placeholders({ texts: [], hashKey });
    this.#answer = new ScreenedAnswer({
      ...{ chat, body, reply: this, summary: screening.summary },
      stream: createChunkScreen(screening.screening, screener, placeholders),
      screenWhole: (whole) => screenCompletion({ screener, placeholders, body: whole }),
      onOver: ({ fault, cause }) => {
        screener.end(cause);
        if (fault && !this.#isOver) sink.onFault(fault);
        this.#isOver = true;
      },
    });
    this.#call = bus.requestStream(completeChat, body, envelope, this.#answer);
    this.#answer.attach(this.#call);
  }

  get isAccepted(): boolean {
    return this.#call.isAccepted;
  }

  cancel(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const fault = new Fault('client_closed_request');
    this.#leaving.abort(fault);
    this.#answer.abandon(fault);
    this.resume();
  }

  /** What comes is waited with; where more comes than may wait, the provider is asked to. */
  pause(): void {
    this.#paused ??= Promise.withResolvers();
  }

  resume(): void {
    this.#paused?.resolve();
    this.#paused = undefined;
  }

  head(head: CompletionHead): void {
    this.#sink.onHead(head);
  }

  chunk(chunk: Uint8Array | string): Promise<void> | undefined {
    if (!this.#isOver) this.#sink.onChunk(Buffer.from(chunk));
    return this.#paused?.promise;
  }

  end(trailer: CompletionTrailer, body: Uint8Array | string = ''): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#sink.onEnd(trailer, Buffer.from(body));
  }
}
