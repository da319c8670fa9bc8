import { invalid, readAs, readJson } from '../read-success.ts';
import { ollamaFault } from './refusal.ts';
import { recordSchema, type OllamaRecord } from './wire.ts';

const toFault = ollamaFault.bind(undefined, undefined);

/** Reads what came as a success, or throws the Fault that it reports. */
export function readRecord(text: string): OllamaRecord {
  return readAs(recordSchema, readJson(text, toFault));
}

/** An answer may say nothing, but then it says why it ended; `load` and `unload` mean that nothing was asked. */
export function assertAnswered({ message, done_reason: reason }: OllamaRecord): void {
  const says = [message?.content, message?.thinking, message?.tool_calls?.length].some(Boolean);
  if (!says && reason !== 'stop' && reason !== 'length') throw invalid('Empty');
}
