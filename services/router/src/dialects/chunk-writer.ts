import type { Delta } from '@weir/contracts/chat/chunk';
import type { FinishReason } from '@weir/contracts/chat/completion';
import type { ChatUsage } from '@weir/contracts/chat/usage';
import type { AnswerHead } from './answer-head.ts';

/**
 * Writes the `chat.completion.chunk`s of one answer with one choice, as JSON. What they have in common is encoded
 * once, since a stream has hundreds of them.
 */
export class ChunkWriter {
  readonly #head: string;

  constructor({ id, created, model }: AnswerHead) {
    const fields = JSON.stringify({ id, object: 'chat.completion.chunk', created, model });
    this.#head = fields.slice(0, -1);
  }

  /** Content, reasoning, a piece of a tool call, or the role that an answer begins with. */
  delta(delta: Delta): string {
    return this.#choice(JSON.stringify(delta), null);
  }

  finish(reason: FinishReason): string {
    return this.#choice('{}', reason);
  }

  /** The last chunk, for callers that asked for it. */
  usage(usage: ChatUsage): string {
    return `${this.#head},"choices":[],"usage":${JSON.stringify(usage)}}`;
  }

  #choice(delta: string, finishReason: FinishReason | null): string {
    return `${this.#head},"choices":[{"index":0,"delta":${delta},"finish_reason":${JSON.stringify(finishReason)}}]}`;
  }
}
