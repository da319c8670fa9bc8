import type { completeChat, CompletionHead, CompletionTrailer } from '@weir/contracts/router';
import type { StreamReply } from '@weir/service-kit/bus/bus';

/** The requester's side of a completion, in memory. */
export class CollectingReply implements StreamReply<typeof completeChat> {
  readonly chunks: string[] = [];
  heads: CompletionHead[] = [];
  trailer: CompletionTrailer | undefined;
  body: string | undefined;
  /** Returned by the next chunks, as by a requester that is behind. */
  behind: Promise<void> | undefined;

  head(head: CompletionHead): void {
    this.heads.push(head);
  }

  chunk(chunk: Uint8Array | string): Promise<void> | undefined {
    if (this.trailer) throw new Error('A chunk came after the end.');
    this.chunks.push(chunk.toString());
    return this.behind;
  }

  end(trailer: CompletionTrailer, body: Uint8Array | string = ''): void {
    this.trailer = trailer;
    this.body = body.toString();
  }
}
