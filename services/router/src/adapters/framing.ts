import type { Dialect, WireEvent } from '../domain/dialect.ts';
import { StringDecoder } from 'node:string_decoder';
import { createParser } from 'eventsource-parser';
import { responseTooLarge, maxResponseBytes } from './response-limit.ts';

/** Cuts the bytes of a stream into events, however they were cut on their way. */
export interface StreamDecoder {
  /** The events that these bytes complete. Throws a Fault where one is larger than the bus carries. */
  push(bytes: Buffer): readonly WireEvent[];
  /** The events that the end of the stream completes. */
  end(): readonly WireEvent[];
}

interface Framing {
  /** How it is announced. Some hosts announce nothing, or plain text. */
  readonly contentTypes: readonly string[];
  readonly createDecoder: () => StreamDecoder;
}

export const framings: Readonly<Record<Dialect['framing'], Framing>> = {
  sse: {
    contentTypes: ['text/event-stream', 'text/plain', ''],
    createDecoder: () => new SseDecoder(),
  },
  ndjson: {
    contentTypes: [
      'application/x-ndjson',
      'application/ndjson',
      'application/jsonl',
      'application/json',
      'text/plain',
      '',
    ],
    createDecoder: () => new NdjsonDecoder(),
  },
};

/** Server-sent events. By their specification an event that the stream's end cuts off is none. */
export class SseDecoder implements StreamDecoder {
  readonly #text = new StringDecoder('utf8');
  readonly #parser;
  #events: WireEvent[] = [];
  /** What came since the last piece that completed an event: the event to come is no larger. */
  #bytes = 0;

  constructor() {
    this.#parser = createParser({
      onEvent: ({ event, data }) => {
        this.#events.push({ name: event, data });
      },
    });
  }

  push(bytes: Buffer): readonly WireEvent[] {
    this.#bytes += bytes.length;
    if (this.#bytes > maxResponseBytes) throw responseTooLarge(maxResponseBytes);
    this.#events = [];
    this.#parser.feed(this.#text.write(bytes));
    if (this.#events.length > 0) this.#bytes = bytes.length;
    return this.#events;
  }

  end(): readonly WireEvent[] {
    return [];
  }
}

/** In UTF-8 it is a part of no other character, so lines can be cut before they are decoded. */
const lineEnd = 0x0a;

/** JSON records, one a line; the last line may lack its end. Empty lines are none. */
export class NdjsonDecoder implements StreamDecoder {
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
    if (this.#bytes > maxResponseBytes) throw responseTooLarge(maxResponseBytes);
    if (piece.length > 0) this.#pieces.push(piece);
  }
}
