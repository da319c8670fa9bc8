import { maxAnswerBytes, maxStreamBytes, maxStreamEvents } from '@weir/contracts/limits';
import { Fault } from '@weir/service-kit/fault';
import { onAbort } from '@weir/service-kit/on-abort';
import { TurnLimit } from '@weir/service-kit/event-loop';
import type { OutputSlices } from '../admission/output-slices.ts';
import type { StreamDecoder } from '../adapters/framing.ts';
import { responseTooLarge } from '../adapters/response-limit.ts';
import type { UpstreamResponse } from '../adapters/upstream-response.ts';
import type { StreamParser, WireEvent } from '../domain/dialect.ts';
import { invalid } from '../dialects/parse-response.ts';
import { measureAnswer, type Received, withinLimits } from './answer-meter.ts';
import type { ResponseSink } from './response-commit.ts';

interface RelayParts {
  readonly stream: StreamParser;
  readonly sink: ResponseSink;
  /** Of all attempts of the request. */
  readonly received: Received;
  /** Ends the attempt. */
  readonly signal: AbortSignal;
  /** Of a stream whose hold grows with it: what is beyond the hold is not passed on. */
  readonly slices?: OutputSlices | undefined;
  /** Called with the first content and all chunks before it, before anything is sent. May throw a Fault. */
  readonly onContent: (chunks: readonly string[]) => void;
  /** Called in its place where the stream has ended by itself without content. May throw a Fault. */
  readonly onEmpty: (chunks: readonly string[]) => void;
}

/** How much is held back before the first content, in characters: one event at least, however large. */
const maxHeldLength = maxAnswerBytes;

/** How much of a piece is decoded at once, in bytes: what was compressed may come by the megabyte. */
const maxPieceBytes = 64 * 1024;

/** How many events are read in one turn, in characters: one counts as some thousand more, since it may be tiny. */
const turnLength = 128 * 1024;
const eventLength = 1_024;

/**
 * Relays one streamed response from the provider to the sink. Nothing is sent before the first content: until then a failure
 * can still be answered with an error status, or be followed by another attempt.
 */
export class ResponseRelay {
  readonly #parts: RelayParts;
  /** What came before the first content. */
  #held: string[] = [];
  #heldLength = 0;
  #isReleased = false;
  #isEmpty = true;
  #isWaiting = false;
  #warningsTold = 0;
  #bytes = 0;
  #events = 0;
  readonly #turns = new TurnLimit(turnLength);

  constructor(parts: RelayParts) {
    this.#parts = parts;
  }

  /** Whether the client or a hold is waited for: a time-out meanwhile is no failure of the provider. */
  get isWaiting(): boolean {
    return this.#isWaiting;
  }

  /** What the head could not tell: warnings of what came after the commit. */
  get lateWarnings(): readonly string[] {
    return this.#parts.stream.warnings?.slice(this.#warningsTold) ?? [];
  }

  /** Resolves when the whole response is relayed. Throws a Fault where it fails, is cut, or is none. */
  async run(response: Pick<UpstreamResponse, 'read'>, decoder: StreamDecoder): Promise<void> {
    const { stream } = this.#parts;
    await response.read(async (piece) => {
      this.#count(piece);
      for (let from = 0; from < piece.length && !stream.complete; from += maxPieceBytes) {
        await this.#take(decoder.push(piece.subarray(from, from + maxPieceBytes)), decoder);
      }
      return !stream.complete;
    });
    if (!stream.complete) await this.#take(decoder.end(), decoder);
    if (this.#isEmpty) throw new Fault('upstream_invalid_response', { cause: new Error('Empty') });
    await this.#relay(remainingChunks(stream));
    if (this.#isReleased) return;
    this.#parts.onEmpty(this.#held);
    await this.#release([emptyAnswerWarning]);
  }

  #count({ length }: Buffer): void {
    this.#bytes += length;
    if (this.#bytes > maxStreamBytes) throw responseTooLarge(maxStreamBytes);
  }

  async #take(events: readonly WireEvent[], { limits }: StreamDecoder): Promise<void> {
    const { stream, slices, received } = this.#parts;
    for (const event of events) {
      this.#isEmpty = false;
      if (++this.#events > maxStreamEvents) throw invalid(`More than ${maxStreamEvents} events`);
      const turn = this.#turns.done(event.data.length + eventLength);
      if (turn) await turn;
      const measured = measureAnswer(event.data, limits, received);
      if (measured) await measured;
      const chunks = withinLimits(() => stream.push(event));
      const held = slices?.take(stream.output.bytes);
      if (held) await this.#waitFor(held);
      await this.#relay(chunks);
      if (stream.complete) return;
    }
  }

  async #relay(chunks: readonly string[]): Promise<void> {
    if (this.#isReleased) {
      await this.#send(chunks);
      return;
    }
    for (const chunk of chunks) this.#hold(chunk);
    if (this.#parts.stream.hasContent) {
      this.#parts.onContent(this.#held);
      await this.#release();
    } else if (this.#heldLength > maxHeldLength) {
      throw new Fault('upstream_invalid_response', { cause: new Error('Too much without content') });
    }
  }

  #hold(chunk: string): void {
    this.#held.push(chunk);
    this.#heldLength += chunk.length;
  }

  async #release(warnings: readonly string[] = []): Promise<void> {
    const { sink, stream } = this.#parts;
    const told = stream.warnings ?? [];
    this.#isReleased = true;
    this.#warningsTold = told.length;
    sink.commit([...told, ...warnings]);
    await this.#send(this.#held);
    this.#held = [];
  }

  async #send(chunks: readonly string[]): Promise<void> {
    for (const chunk of chunks) {
      const caughtUp = this.#parts.sink.write(chunk);
      if (caughtUp) await this.#waitFor(caughtUp);
    }
  }

  /** The wait ends with the attempt, however slow the client is. */
  async #waitFor(done: Promise<void>): Promise<void> {
    const { signal } = this.#parts;
    const { promise: aborted, reject } = Promise.withResolvers<never>();
    const stop = onAbort(signal, () => {
      reject(Fault.from(signal.reason));
    });
    this.#isWaiting = true;
    await Promise.race([done, aborted]).finally(stop);
    this.#isWaiting = false;
  }
}

/** An answer that has ended by itself is billed, and good, even where there is nothing in it. */
export const emptyAnswerWarning = 'The model has answered with nothing';

/** What is left to send when the connection has ended in order. Throws `upstream_stream_cut` where the answer is not whole. */
export function remainingChunks(stream: StreamParser): readonly string[] {
  if (stream.complete) return [];
  if (stream.mayEnd !== true) throw new Fault('upstream_stream_cut');
  return stream.end?.() ?? [];
}
