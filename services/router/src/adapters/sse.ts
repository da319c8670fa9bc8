import { StringDecoder } from 'node:string_decoder';
import { createParser } from 'eventsource-parser';
import type { WireEvent } from '../domain/dialect.ts';
import type { EventDecoder } from './event-decoder.ts';
import { maxEventLength, tooLong } from './event-limit.ts';

/** Server-sent events. By their specification an event that the stream's end cuts off is none. */
export class SseDecoder implements EventDecoder {
  readonly #text = new StringDecoder('utf8');
  readonly #parser;
  #events: WireEvent[] = [];

  constructor() {
    this.#parser = createParser({
      maxBufferSize: maxEventLength,
      onEvent: ({ event, data }) => {
        this.#events.push({ name: event, data });
      },
      onError: ({ type }) => {
        if (type === 'max-buffer-size-exceeded') throw tooLong();
      },
    });
  }

  push(bytes: Buffer): readonly WireEvent[] {
    this.#events = [];
    this.#parser.feed(this.#text.write(bytes));
    return this.#events;
  }

  end(): readonly WireEvent[] {
    return [];
  }
}
