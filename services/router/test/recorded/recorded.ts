import { readFileSync } from 'node:fs';
import { createDecoder } from '../../src/adapters/framing.ts';
import type { ResponseContext, WireEvent } from '../../src/domain/dialect.ts';

/** A recorded body: `openai/text.completion.json`. */
export function readRecorded(file: string): string {
  return readFileSync(new URL(file, import.meta.url), 'utf8');
}

/** A recorded stream as its framing cuts it: `openai/text.stream.sse`, `ollama/text.stream.ndjson`. */
export function readRecordedEvents(file: string): WireEvent[] {
  const decoder = createDecoder[file.endsWith('.sse') ? 'sse' : 'ndjson']();
  return [...decoder.push(Buffer.from(readRecorded(file))), ...decoder.end()];
}

export const context: ResponseContext = {
  requestId: 'req_1',
  model: 'asked-for',
  createdAtS: 1_760_000_000,
  choices: 1,
  forcesNamedCall: false,
  isContinuable: false,
  includeUsage: true,
};
