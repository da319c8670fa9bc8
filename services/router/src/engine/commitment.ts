import type { completeChat, CompletionHead } from '@weir/contracts/router';
import type { StreamReply } from '@weir/service-kit/bus/bus';
import type { Outlet } from './outlet.ts';
import { superseded, type Rival } from './rival.ts';

/**
 * The one place where a request's answer is committed. However many targets run side by side, the first that has content
 * is the answer; the others end there and then.
 */
export class Commitment {
  readonly #reply: StreamReply<typeof completeChat>;
  readonly #rivals = new Set<Rival>();
  #winner: Rival | undefined;

  constructor(reply: StreamReply<typeof completeChat>) {
    this.#reply = reply;
  }

  /** Whether the answer has begun: the client has been sent something, or is about to be. */
  get isMade(): boolean {
    return this.#winner !== undefined;
  }

  hasLost(rival: Rival): boolean {
    return this.#winner !== undefined && this.#winner !== rival;
  }

  /** Takes part in the race: the way from there to the reply. `head` is asked for when the race is won. */
  enter(rival: Rival, head: () => CompletionHead): Outlet {
    this.#rivals.add(rival);
    return {
      open: () => {
        if (this.hasLost(rival)) throw superseded();
        this.#winner = rival;
        for (const other of this.#rivals) if (other !== rival) other.cancel();
        this.#reply.head(head());
      },
      chunk: (chunk) => this.#reply.chunk(chunk),
    };
  }
}
