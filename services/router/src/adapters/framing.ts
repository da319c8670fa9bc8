import type { Dialect, WireEvent } from '../domain/dialect.ts';
import { StringDecoder } from 'node:string_decoder';
import { answerJsonLimits, eventJsonLimits, maxAnswerBytes, type JsonLimits } from '@weir/contracts/limits';
import { tryParseBoundedJson } from '@weir/service-kit/bounded-json';
import { createParser } from 'eventsource-parser';
import { PieceCollector } from './piece-collector.ts';
import { responseTooLarge } from './response-limit.ts';

/** Cuts the bytes of a stream into events, however they were cut on their way. */
export interface StreamDecoder {
  /** What one of its events may hold. Whoever takes it has to measure it before it is parsed. */
  readonly limits: JsonLimits;
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

/** In UTF-8 they are a part of no other character, so lines can be cut before they are decoded. */
const lineEnd = 0x0a;
const carriageReturn = 0x0d;

const maxLinePieceBytes = 64 * 1024;

/** Of a text that is parsed only to see whether it is JSON, in characters. */
const maxJudgedLength = 256 * 1024;

/**
 * Server-sent events. By their specification an event that the stream's end cuts off is none. Clients take one that lacks
 * nothing but its blank line: what is whole JSON.
 */
export class SseDecoder implements StreamDecoder {
  readonly limits = eventJsonLimits;
  readonly #text = new StringDecoder('utf8');
  readonly #parser;
  #events: WireEvent[] = [];
  /** What came since the last piece that completed an event: the event to come is no larger. */
  #bytes = 0;
  /** Pieces of a line, which completes no event: a line may come byte by byte, and the parser keeps what it is fed. */
  readonly #line = new PieceCollector();

  constructor() {
    this.#parser = createParser({
      onEvent: ({ event, data }) => {
        for (const each of eventsOf(event, data)) this.#events.push(each);
      },
    });
  }

  push(bytes: Buffer): readonly WireEvent[] {
    this.#bytes += bytes.length;
    if (this.#bytes > maxAnswerBytes) throw responseTooLarge(maxAnswerBytes);
    this.#line.add(bytes);
    const mayEndLine = bytes.includes(lineEnd) || bytes.includes(carriageReturn);
    if (!mayEndLine && this.#line.length < maxLinePieceBytes) return [];
    const events = this.#feed(this.#text.write(this.#line.take()));
    if (events.length > 0) this.#bytes = bytes.length;
    return events;
  }

  end(): readonly WireEvent[] {
    const rest = this.#text.write(this.#line.take()) + this.#text.end();
    return this.#feed(`${rest}\n\n`).filter(({ data }) => isWhole(data));
  }

  #feed(text: string): WireEvent[] {
    this.#events = [];
    this.#parser.feed(text);
    return this.#events;
  }
}

/** A stream in which all blank lines are missing comes as one event. */
const maxGluedEvents = 20_000;

/**
 * One event, or several between which a host has left out the blank lines: each line is then a record of its own, as the first
 * ones show. The name is the last one's.
 */
function eventsOf(name: string | undefined, data: string): WireEvent[] {
  const end = data.indexOf('\n');
  // Where the first line is whole, and more comes than white space, all of it together is not.
  if (end === -1 || !isWhole(data.slice(0, end))) return [{ name, data }];
  const lines = data.trimEnd().split('\n', maxGluedEvents + 1);
  const last = lines.pop();
  const areGlued = lines.length > 0 && lines.length < maxGluedEvents && lines.slice(1, 2).every(isWhole);
  if (!areGlued || last === undefined) return [{ name, data }];
  return [...lines.map((line) => ({ data: line })), { name, data: last }];
}

function isWhole(data: string): boolean {
  return isJson(data) || data.trim() === '[DONE]';
}

/** Whether it is JSON of which one event may hold as much. To parse a long text takes a turn of its own: there its end has to do. */
export function isJson(text: string): boolean {
  if (text.length > maxJudgedLength) return text.endsWith('}') || text.endsWith(']');
  return tryParseBoundedJson(text, eventJsonLimits) !== undefined;
}

/** One event: all that comes. */
class DocumentDecoder implements StreamDecoder {
  readonly limits = answerJsonLimits;
  readonly #body = new PieceCollector();

  push(bytes: Buffer): readonly WireEvent[] {
    this.#body.add(bytes);
    if (this.#body.length > maxAnswerBytes) throw responseTooLarge(maxAnswerBytes);
    return [];
  }

  end(): readonly WireEvent[] {
    // It leaves out the mark of UTF-8.
    return [{ data: new TextDecoder().decode(this.#body.take()) }];
  }
}

/** JSON records, one a line; the last line may lack its end. Empty lines are none. */
export class NdjsonDecoder implements StreamDecoder {
  readonly limits = eventJsonLimits;
  /** The line that is not complete. */
  readonly #line = new PieceCollector();

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
    if (this.#line.length === 0) return [];
    const data = this.#line.take().toString('utf8').trim();
    return data === '' ? [] : [{ data }];
  }

  #keep(piece: Buffer): void {
    if (piece.length > 0) this.#line.add(piece);
    if (this.#line.length > maxAnswerBytes) throw responseTooLarge(maxAnswerBytes);
  }
}
