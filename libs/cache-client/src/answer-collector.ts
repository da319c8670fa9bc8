import type { StoreTicket } from '@weir/contracts/cache/lookup';
import type { CompletionHead, CompletionTrailer } from '@weir/contracts/router';

/** The cache would not keep a larger answer; `WEIR_CACHE_MAX_ENTRY_BYTES` may be less, and is the cache's to hold to. */
const maxAnswerBytes = 1024 * 1024;

const comma = Buffer.from(',');

/** The bytes of an answer on their way to its requester, unparsed. */
export class AnswerCollector {
  #head: CompletionHead | undefined;
  #chunks: Uint8Array[] = [];
  #bytes = 0;

  onHead(head: CompletionHead): void {
    this.#head = head;
  }

  onChunk(chunk: Uint8Array): void {
    this.#bytes += chunk.length;
    if (this.isTooLarge) this.#chunks = [];
    else this.#chunks.push(chunk);
  }

  get isTooLarge(): boolean {
    return this.#bytes > maxAnswerBytes;
  }

  /** The request of `cache.store` as JSON, put together of the answer's own bytes; undefined where it is not to be kept. */
  finish(ticket: StoreTicket, trailer: CompletionTrailer, body: Uint8Array): Uint8Array | undefined {
    this.#bytes += body.length;
    // What a check was passed over for nobody has judged: it would be served for as long as it is kept.
    const isJudged = (trailer.guardrails?.failed?.length ?? 0) === 0;
    // Of a model that stands in for another it would outlive the outage, and of two models it is put together.
    const isFallback = trailer.isFallback === true;
    // Configs reach routers at other moments than whoever has made the key.
    const isOfConfig = trailer.configRevision === ticket.order.configRevision;
    if (!this.#head || !isJudged || isFallback || !isOfConfig || this.isTooLarge) return undefined;
    const { provider, model, isKnownModel, warnings } = this.#head;
    const { usage, upstreamMs, costNanoUsd } = trailer;
    const known = {
      ticket,
      head: { provider, model, isKnownModel, ...(warnings.length > 0 && { warnings }) },
      trailer: { usage, upstreamMs, costNanoUsd },
    };
    const open = JSON.stringify(known).slice(0, -1);
    if (body.length > 0) return Buffer.concat([Buffer.from(`${open},"completion":`), body, Buffer.from('}')]);
    const chunks = this.#chunks.flatMap((chunk, i) => (i === 0 ? [chunk] : [comma, chunk]));
    return Buffer.concat([Buffer.from(`${open},"chunks":[`), ...chunks, Buffer.from(']}')]);
  }
}
