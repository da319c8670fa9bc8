import type { CompletionHead, CompletionTrailer, completeChat } from '@weir/contracts/router';
import type { StreamSink } from '@weir/service-kit/bus/bus';
import { Fault } from '@weir/service-kit/fault';
import type { Answer } from './answer.ts';
import { completionHeaders, overheadHeader } from './completion-headers.ts';
import type { HeaderList } from './header-list.ts';

/** A completion that comes at once, as `application/json`. */
export class WholeCompletion implements StreamSink<typeof completeChat> {
  readonly #answer: Answer;
  readonly #speaksPortkey: boolean;
  #headers: HeaderList = [];

  constructor({ answer, speaksPortkey }: { answer: Answer; speaksPortkey: boolean }) {
    this.#answer = answer;
    this.#speaksPortkey = speaksPortkey;
  }

  onHead(head: CompletionHead): void {
    this.#headers = completionHeaders(head, { speaksPortkey: this.#speaksPortkey });
  }

  onChunk(): void {
    this.onFault(new Fault('internal_error', { cause: new Error('A whole completion came in pieces.') }));
  }

  onEnd({ upstreamMs }: CompletionTrailer, body: Uint8Array): void {
    const overhead = overheadHeader(this.#answer.elapsedMs, upstreamMs);
    this.#answer.json(200, body, [...this.#headers, ...overhead]);
  }

  onFault(fault: Fault): void {
    this.#answer.fail(fault);
  }
}
