import type { ChatChunk, ChunkChoice } from '@weir/contracts/chat/chunk';
import type { completeChat } from '@weir/contracts/router';
import { parseMeasuredJson } from '@weir/service-kit/bounded-json';
import type { StreamReply } from '@weir/service-kit/bus/bus';
import { ContinuationSeam } from '../domain/continuation-seam.ts';
import type { ResponseSink } from './response-commit.ts';
import { saysMoreThanText, withoutThoughts, type StreamContinuation } from './stream-continuation.ts';

interface SinkParts {
  readonly continuation: StreamContinuation;
  readonly reply: StreamReply<typeof completeChat>;
  /** As of {@link ContinuationSeam}. */
  readonly isPrefilled: boolean;
}

/**
 * Of a target that continues a stream. The head has been sent, the chunks must look like those before the break, and what
 * the target repeats is left out.
 */
export class ContinuationSink implements ResponseSink {
  readonly #parts: SinkParts;
  #seam: ContinuationSeam;
  #isCommitted = false;

  constructor(parts: SinkParts) {
    this.#parts = parts;
    this.#seam = this.#newSeam();
  }

  /** Whether the client has been sent something of this target's: up to then it may be asked again. */
  get isCommitted(): boolean {
    return this.#isCommitted;
  }

  commit(): void {
    // Of an earlier attempt at this target nothing was sent.
    this.#seam = this.#newSeam();
  }

  write(chunk: string): Promise<void> | undefined {
    const { choices, ...rest } = parseMeasuredJson(chunk) as ChatChunk;
    const joined = this.#orNobody(() => choices.flatMap((choice) => this.#joined(choice) ?? []));
    return joined.length > 0 || choices.length === 0 ? this.#send({ ...rest, choices: joined }) : undefined;
  }

  /** The target has ended: sends what was held back. Throws a Fault where the target gave another answer. */
  end(): Promise<void> | undefined {
    const content = this.#seam.end();
    if (content === '') return undefined;
    const choices = [{ index: 0, delta: { content }, finish_reason: null }];
    return this.#send({ object: 'chat.completion.chunk', choices });
  }

  /** Where words of another answer have been sent, nobody can continue what there is. */
  #orNobody<Result>(join: () => Result): Result {
    try {
      return join();
    } catch (thrown) {
      if (this.#isCommitted) this.#parts.continuation.giveUp();
      throw thrown;
    }
  }

  /** Undefined where nothing of it is new. */
  #joined(choice: ChunkChoice): ChunkChoice | undefined {
    const { content, ...others } = withoutThoughts(choice.delta);
    const isMore = Boolean(choice.finish_reason) || saysMoreThanText(others);
    const text = (content ? this.#seam.push(content) : '') + (isMore ? this.#seam.end() : '');
    if (text === '' && !isMore) return undefined;
    return { ...choice, delta: { ...others, role: undefined, ...(text !== '' && { content: text }) } };
  }

  #send(chunk: object): Promise<void> | undefined {
    const { continuation, reply } = this.#parts;
    const text = JSON.stringify({ ...chunk, ...continuation.head });
    this.#isCommitted = true;
    continuation.note(text);
    return reply.chunk(text);
  }

  #newSeam(): ContinuationSeam {
    const { continuation, isPrefilled } = this.#parts;
    return new ContinuationSeam({ sent: continuation.text, isPrefilled });
  }
}
