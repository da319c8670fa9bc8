import type { ChatRequest } from '@weir/contracts/chat/request';
import type { Outlet } from './outlet.ts';
import { Transcript } from './transcript.ts';

/** A stream that may be gone on with by another target, once it has broken. */
export class ContinuedStream {
  readonly #transcript = new Transcript();
  readonly #chat: ChatRequest;

  constructor(chat: ChatRequest) {
    this.#chat = chat;
  }

  /** The request for what is missing; undefined where nobody could go on without a seam. */
  rest(): ChatRequest | undefined {
    return this.#transcript.continued(this.#chat);
  }

  /** The beginning's way to the reply. */
  beginning(outlet: Outlet): Outlet {
    return {
      open: () => {
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
