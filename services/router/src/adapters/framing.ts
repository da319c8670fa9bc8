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

/** The form in which bytes come: events, JSON records one a line, or one JSON document. */
export type BodyForm = 'sse' | 'ndjson' | 'json';

export const createDecoder: Readonly<Record<BodyForm, () => StreamDecoder>> = {
  sse: () => new SseDecoder(),
  ndjson: () => new NdjsonDecoder(),
  json: () => new DocumentDecoder(),
};

/**
 * The form of an answer to a request that streams, by its first characters: hosts announce events as JSON, as text, or not
 * at all, and send JSON where they do not stream. Undefined where it is neither.
 */
export function formOf(beginning: string, framing: Dialect['framing']): BodyForm | undefined {
  // A record of a stream and a whole answer are the same there, unless it is written in lines.
  const isInLines = /^[{[]\s*\n/.test(beginning);
  if (/^[{[]/.test(beginning)) return framing === 'ndjson' && !isInLines ? 'ndjson' : 'json';
  return isEventStream(beginning) ? 'sse' : undefined;
}

/** Whether a text begins with a comment or with one of the fields of an event, as far as it goes. */
export function isEventStream(beginning: string): boolean {
  const [field = ''] = beginning.split(/[:\r\n]/, 1);
  return ['', 'data', 'event', 'id', 'retry'].some((name) =>
    beginning.length > field.length ? name === field : field !== '' && name.startsWith(field),
  );
}

/**
 * Server-sent events. By their specification an event that the stream's end cuts off is none. Clients take one that lacks
 * nothing but its blank line: what is whole JSON.
 */
export class SseDecoder implements StreamDecoder {
  readonly #text = new StringDecoder('utf8');
  readonly #parser;
  #events: WireEvent[] = [];
  /** What came since the last piece that completed an event: the event to come is no larger. */
  #bytes = 0;

  constructor() {
    this.#parser = createParser({
      onEvent: ({ event, data }) => {
        this.#events.push(...eventsOf(event, data));
      },
    });
  }

  push(bytes: Buffer): readonly WireEvent[] {
    this.#bytes += bytes.length;
    if (this.#bytes > maxResponseBytes) throw responseTooLarge(maxResponseBytes);
    const events = this.#feed(this.#text.write(bytes));
    if (events.length > 0) this.#bytes = bytes.length;
    return events;
  }

  end(): readonly WireEvent[] {
    return this.#feed(`${this.#text.end()}\n\n`).filter(({ data }) => isWhole(data));
  }

  #feed(text: string): WireEvent[] {
    this.#events = [];
    this.#parser.feed(text);
    return this.#events;
  }
}

/**
 * One event, or several between which a host has left out the blank lines: each line is then a record of its own. The name is
 * the last one's.
 */
function eventsOf(name: string | undefined, data: string): WireEvent[] {
  const lines = data.split('\n');
  const before = lines.slice(0, -1);
  if (before.length === 0 || isWhole(data) || !before.every(isWhole)) return [{ name, data }];
  return [...before.map((line) => ({ data: line })), { name, data: lines.at(-1) ?? '' }];
}

function isWhole(data: string): boolean {
  return data.trim() === '[DONE]' || isJson(data);
}

export function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** One event: all that comes. */
class DocumentDecoder implements StreamDecoder {
  readonly #pieces: Buffer[] = [];
  #bytes = 0;

  push(bytes: Buffer): readonly WireEvent[] {
    this.#bytes += bytes.length;
    if (this.#bytes > maxResponseBytes) throw responseTooLarge(maxResponseBytes);
    this.#pieces.push(bytes);
    return [];
  }

  end(): readonly WireEvent[] {
    // It leaves out the mark of UTF-8.
    return [{ data: new TextDecoder().decode(Buffer.concat(this.#pieces)) }];
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
