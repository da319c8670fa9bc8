import { StringDecoder } from 'node:string_decoder';
import type { WireEvent } from '../domain/dialect.ts';
import type { EventDecoder } from './event-decoder.ts';
import { maxEventLength, tooLong } from './event-limit.ts';

/** JSON records, one a line; the last line may lack its end. Empty lines are none. */
export class NdjsonDecoder implements EventDecoder {
  readonly #text = new StringDecoder('utf8');
  /** The pieces of the line that is not complete, joined only once it is: a long one may come in many. */
  #pieces: string[] = [];
  #length = 0;

  push(bytes: Buffer): readonly WireEvent[] {
    const lines = this.#text.write(bytes).split('\n');
    const rest = lines.pop() ?? '';
    const events = lines.flatMap((line) => this.#complete(line));
    this.#keep(rest);
    return events;
  }

  end(): readonly WireEvent[] {
    return this.#complete(this.#text.end());
  }

  #complete(piece: string): WireEvent[] {
    this.#keep(piece);
    const data = this.#pieces.join('').trim();
    this.#pieces = [];
    this.#length = 0;
    return data === '' ? [] : [{ data }];
  }

  #keep(piece: string): void {
    if (piece === '') return;
    this.#length += piece.length;
    if (this.#length > maxEventLength) throw tooLong();
    this.#pieces.push(piece);
  }
}
