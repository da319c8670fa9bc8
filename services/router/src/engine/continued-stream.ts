import type { ChatRequest } from '@weir/contracts/chat/request';
import type { Outlet } from './outlet.ts';
import { isPlain, Transcript } from './transcript.ts';

/** A stream that may be gone on with by another target, once it has broken. */
export class ContinuedStream {
  readonly #transcript = new Transcript();
  #isPlain = true;

  /** Whether another target could go on with what has been sent. */
  get isOpen(): boolean {
    return this.#isPlain && this.#transcript.isOpen;
  }

  /** The request for what is missing of the answer to `chat`; undefined where nobody could go on without a seam. */
  restOf(chat: ChatRequest): ChatRequest | undefined {
    return this.#transcript.restOf(chat);
  }

  /** The beginning's way to the reply. `chat` is what the target was asked. */
  beginning(chat: ChatRequest, outlet: Outlet): Outlet {
    return {
      open: () => {
        this.#isPlain = isPlain(chat);
        outlet.open();
      },
      chunk: (chunk) => {
        this.#transcript.note(chunk);
        return outlet.chunk(chunk);
      },
    };
  }

  /** A continuation's way to the reply: it has begun already, and its chunks are to look like those before. */
  continuation(send: Outlet['chunk']): Outlet {
    return {
      open: () => undefined,
      chunk: (chunk) => {
        const joined = this.#transcript.joined(chunk);
        this.#transcript.note(joined);
        return send(joined);
      },
    };
  }
}
