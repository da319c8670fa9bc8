import type { Dialect } from '../domain/dialect.ts';
import type { EventDecoder } from './event-decoder.ts';
import { NdjsonDecoder } from './ndjson.ts';
import { SseDecoder } from './sse.ts';

interface Framing {
  /** How it is announced. Some hosts announce nothing, or plain text. */
  readonly contentTypes: readonly string[];
  readonly createDecoder: () => EventDecoder;
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
