import type { WireEvent } from '../domain/dialect.ts';
import { answerTooLarge, maxCarriedBytes } from './answer-limit.ts';
import type { EventDecoder } from './event-decoder.ts';

/** In UTF-8 it is a part of no other character, so lines can be cut before they are decoded. */
const lineEnd = 0x0a;

/** JSON records, one a line; the last line may lack its end. Empty lines are none. */
export class NdjsonDecoder implements EventDecoder {
  /** The pieces of the line that is not complete, joined only once it is: a long one may come in many. */
  #pieces: Buffer[] = [];
  #bytes = 0;

  push(bytes: Buffer): readonly WireEvent[] {
    const events: WireEvent[] = [];
    let start = 0;
    for (let end = bytes.indexOf(lineEnd); end !== -1; end = bytes.indexOf(lineEnd, start)) {
      this.#keep(bytes.subarray(start, end));
      events.push(...this.end());
      start = end + 1;
    }
    this.#keep(bytes.subarray(start));
    return events;
  }

  end(): readonly WireEvent[] {
    const data = Buffer.concat(this.#pieces).toString('utf8').trim();
    this.#pieces = [];
    this.#bytes = 0;
    return data === '' ? [] : [{ data }];
  }

  #keep(piece: Buffer): void {
    this.#bytes += piece.length;
    if (this.#bytes > maxCarriedBytes) throw answerTooLarge(maxCarriedBytes);
    if (piece.length > 0) this.#pieces.push(piece);
  }
}
