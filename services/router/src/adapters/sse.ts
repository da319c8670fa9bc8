import { StringDecoder } from 'node:string_decoder';
import { createParser } from 'eventsource-parser';
import type { WireEvent } from '../domain/dialect.ts';
import { answerTooLarge, maxCarriedBytes } from './answer-limit.ts';
import type { EventDecoder } from './event-decoder.ts';

/** Server-sent events. By their specification an event that the stream's end cuts off is none. */
export class SseDecoder implements EventDecoder {
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
    if (this.#bytes > maxCarriedBytes) throw answerTooLarge(maxCarriedBytes);
    this.#events = [];
    this.#parser.feed(this.#text.write(bytes));
    if (this.#events.length > 0) this.#bytes = bytes.length;
    return this.#events;
  }

  end(): readonly WireEvent[] {
    return [];
  }
}
