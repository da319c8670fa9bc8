import type { ChatRequest } from '@weir/contracts/chat/request';
import type { completeChat, CompletionHead } from '@weir/contracts/router';
import type { StreamReply } from '@weir/service-kit/bus/bus';
import { Fault } from '@weir/service-kit/fault';
import type { StreamContinuation } from './stream-continuation.ts';

/** Where an attempt writes its response. A chunk crosses nothing else between the provider's dialect and the bus. */
export interface ResponseSink {
  /** Whether {@link commit} has been called. */
  readonly isCommitted: boolean;
  /**
   * Makes this attempt's response the one that the client gets: called with the first content, or with the whole response,
   * and with what the head is to warn of. Throws where another attempt's response is committed already.
   */
  commit(warnings: readonly string[]): void;
  /** Sends a `chat.completion.chunk`, as JSON. A promise where the client is behind: it resolves once the client caught up. */
  write(chunk: string): Promise<void> | undefined;
}

/** Of a mirrored copy: nobody reads its response. */
export const discardingSink: ResponseSink = {
  isCommitted: false,
  commit: () => undefined,
  write: () => undefined,
};

interface CommitParts {
  readonly reply: StreamReply<typeof completeChat>;
  /** Where another target may continue a stream that breaks. */
  readonly continuation: StreamContinuation | undefined;
}

interface RunOutput {
  readonly run: RunHandle;
  readonly chat: ChatRequest;
  /** Called when the run's response is committed. */
  readonly head: (warnings: readonly string[]) => CompletionHead;
}

/** Decides which run's response the client gets: of several targets that run side by side, the first one with content. */
export class ResponseCommit {
  readonly #parts: CommitParts;
  readonly #runs = new Set<RunHandle>();
  #winner: RunHandle | undefined;

  constructor(parts: CommitParts) {
    this.#parts = parts;
  }

  /** Whether the client has been sent something, or is about to be. */
  get isMade(): boolean {
    return this.#winner !== undefined;
  }

  /** Whether another run's response is committed. */
  hasLost(run: RunHandle): boolean {
    return this.#winner !== undefined && this.#winner !== run;
  }

  sinkFor(output: RunOutput): ResponseSink {
    const { continuation, reply } = this.#parts;
    const { run, chat, head } = output;
    this.#runs.add(run);
    return {
      get isCommitted() {
        return run.isCommitted;
      },
      commit: (warnings) => {
        this.#win(run);
        continuation?.begin(chat);
        reply.head(head(warnings));
      },
      write: (chunk) => {
        continuation?.note(chunk);
        return reply.chunk(chunk);
      },
    };
  }

  #win(run: RunHandle): void {
    if (this.hasLost(run)) throw superseded();
    this.#winner = run;
    run.isCommitted = true;
    for (const other of this.#runs) if (other !== run) other.cancel();
  }
}

/** One target's run among those of a request, side by side where the request is hedged. */
export class RunHandle {
  readonly #controller: AbortController | undefined;
  readonly signal: AbortSignal;
  isCommitted = false;

  /** A run that is alone needs no controller of its own, which would cost more than the rest of the handle. */
  constructor(requestSignal: AbortSignal, { isAlone }: { isAlone: boolean }) {
    this.#controller = isAlone ? undefined : new AbortController();
    this.signal = this.#controller
      ? AbortSignal.any([requestSignal, this.#controller.signal])
      : requestSignal;
  }

  /** Another run's response is committed. */
  cancel(): void {
    this.#controller?.abort(superseded());
  }
}

function superseded(): Fault {
  return new Fault('client_closed_request', { cause: new Error('Another attempt has answered') });
}
