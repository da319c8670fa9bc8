import { Fault } from '@weir/service-kit/fault';
import type { EventDecoder } from '../adapters/event-decoder.ts';
import type { UpstreamAnswer } from '../adapters/upstream-answer.ts';
import type { AnswerStream, WireEvent } from '../domain/dialect.ts';
import type { Outlet } from './outlet.ts';
import { withinStack } from './within-stack.ts';

interface RelayParts {
  readonly stream: AnswerStream;
  readonly outlet: Outlet;
  /** Called with all that came before the first content, and with it, before anything is sent. May throw a Fault. */
  readonly onContent: (chunks: readonly string[]) => void;
}

/** What is held before the first content, at most, in characters. */
const maxHeldLength = 1024 * 1024;

/**
 * Passes one streamed answer on. Nothing is sent before there is content: until then a failure can still be told by
 * an error status, or be mended by asking another provider.
 */
export class StreamRelay {
  readonly #stream: AnswerStream;
  readonly #outlet: Outlet;
  readonly #onContent: RelayParts['onContent'];
  /** What came before the first content. */
  #held: string[] = [];
  #heldLength = 0;
  #isReleased = false;
  #isSilent = true;

  constructor({ stream, outlet, onContent }: RelayParts) {
    this.#stream = stream;
    this.#outlet = outlet;
    this.#onContent = onContent;
  }

  /** Resolves when the whole answer is passed on. Throws a Fault where it fails, breaks off, or never was one. */
  async run(answer: Pick<UpstreamAnswer, 'read'>, decoder: EventDecoder): Promise<void> {
    const stream = this.#stream;
    await answer.read(async (piece) => {
      await this.#take(decoder.push(piece));
      return !stream.complete;
    });
    if (!stream.complete) await this.#take(decoder.end());
    if (this.#isSilent) throw new Fault('upstream_invalid_response', { cause: new Error('Empty') });
    if (!stream.complete) {
      if (stream.mayEnd !== true) throw new Fault('upstream_stream_cut');
      await this.#pass(stream.end?.() ?? []);
    }
    if (!this.#isReleased) await this.#release();
  }

  async #take(events: readonly WireEvent[]): Promise<void> {
    for (const event of events) {
      this.#isSilent = false;
      await this.#pass(withinStack(() => this.#stream.push(event)));
      if (this.#stream.complete) return;
    }
  }

  async #pass(chunks: readonly string[]): Promise<void> {
    if (this.#isReleased) {
      await this.#send(chunks);
      return;
    }
    for (const chunk of chunks) this.#hold(chunk);
    if (this.#stream.hasContent) {
      await this.#release();
    } else if (this.#heldLength > maxHeldLength) {
      throw new Fault('upstream_invalid_response', { cause: new Error('Too much without content') });
    }
  }

  #hold(chunk: string): void {
    this.#held.push(chunk);
    this.#heldLength += chunk.length;
  }

  async #release(): Promise<void> {
    this.#onContent(this.#held);
    this.#isReleased = true;
    this.#outlet.open();
    await this.#send(this.#held);
    this.#held = [];
  }

  async #send(chunks: readonly string[]): Promise<void> {
    for (const chunk of chunks) {
      const caughtUp = this.#outlet.chunk(chunk);
      if (caughtUp) await caughtUp;
    }
  }
}
