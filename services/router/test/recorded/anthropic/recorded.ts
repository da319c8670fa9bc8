import { readFileSync } from 'node:fs';
import { createParser } from 'eventsource-parser';
import type { ResponseContext, WireEvent } from '../../../src/domain/dialect.ts';

/** A recorded body: `text.message.json`. */
export function readRecorded(file: string): string {
  return readFileSync(new URL(file, import.meta.url), 'utf8');
}

export function readRecordedJson(file: string): unknown {
  return JSON.parse(readRecorded(file));
}

/** A recorded stream as the framing cuts it: `text.stream.sse`. */
export function readRecordedEvents(file: string): WireEvent[] {
  const events: WireEvent[] = [];
  createParser({ onEvent: ({ event, data }) => events.push({ name: event, data }) }).feed(readRecorded(file));
  return events;
}

export const context: ResponseContext = {
  requestId: 'req_1',
  model: 'claude-asked-for',
  createdAtS: 1_760_000_000,
  choices: 1,
  forcesNamedCall: false,
  isContinuable: false,
  includeUsage: true,
};
