import type { CompletionHead, CompletionTrailer, completeChat } from '@weir/contracts/router';
import type { StreamSink } from '@weir/service-kit/bus/bus';
import { Fault } from '@weir/service-kit/fault';
import type { Answer } from './answer.ts';
import { completionHeaders } from './completion-headers.ts';
import type { HeaderList } from './header-list.ts';

/** A completion that comes at once, as `application/json`. */
export class WholeCompletion implements StreamSink<typeof completeChat> {
  readonly #answer: Answer;
  #headers: HeaderList = [];

  constructor(answer: Answer) {
    this.#answer = answer;
  }

  onHead(head: CompletionHead): void {
    this.#headers = completionHeaders(head);
  }

  onChunk(): void {
    this.onFault(new Fault('internal_error', { cause: new Error('A whole completion came in pieces.') }));
  }

  onEnd({ upstreamMs }: CompletionTrailer, body: Uint8Array): void {
    const overheadMs = Math.max(0, this.#answer.elapsedMs - upstreamMs);
    this.#answer.json(200, body, [...this.#headers, 'x-weir-overhead-ms', overheadMs.toFixed(2)]);
  }

  onFault(fault: Fault): void {
    this.#answer.fail(fault);
  }
}
