import type { CompletionHead, completeChat } from '@weir/contracts/router';
import type { StreamSink } from '@weir/service-kit/bus/bus';
import type { Fault } from '@weir/service-kit/fault';
import type { Answer } from './answer.ts';
import { completionHeaders, overheadHeader } from './completion-headers.ts';
import type { HeaderList } from './header-list.ts';

const eventStreamHeaders = [
  'content-type',
  'text/event-stream; charset=utf-8',
  'cache-control',
  'no-cache',
  // Reverse proxies of nginx's kind would else hold tokens back.
  'x-accel-buffering',
  'no',
];

const before = Buffer.from('data: ');
const after = Buffer.from('\n\n');

/**
 * A completion that comes as server-sent events. Nothing is sent before the first chunk, so that a failure up to
 * then has a status of its own; `[DONE]` is sent on a true end only.
 */
export class EventStream implements StreamSink<typeof completeChat> {
  readonly #answer: Answer;
  readonly #speaksPortkey: boolean;
  #headers: HeaderList = [];
  #hasBegun = false;

  constructor({ answer, speaksPortkey }: { answer: Answer; speaksPortkey: boolean }) {
    this.#answer = answer;
    this.#speaksPortkey = speaksPortkey;
  }

  onHead(head: CompletionHead): void {
    const headers = completionHeaders(head, { speaksPortkey: this.#speaksPortkey });
    const { upstreamMs } = head;
    const overhead = upstreamMs === undefined ? [] : overheadHeader(this.#answer.elapsedMs, upstreamMs);
    this.#headers = [...headers, ...overhead];
  }

  onChunk(chunk: Uint8Array): void {
    this.#begin();
    this.#answer.write(Buffer.concat([before, chunk, after]));
  }

  onEnd(): void {
    this.#begin();
    this.#answer.end('data: [DONE]\n\n');
  }

  onFault(fault: Fault): void {
    this.#answer.fail(fault);
  }

  #begin(): void {
    if (this.#hasBegun) return;
    this.#hasBegun = true;
    this.#answer.begin(200, [...eventStreamHeaders, ...this.#headers]);
  }
}
