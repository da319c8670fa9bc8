import { Fault } from '@weir/service-kit/fault';
import { invalid, readAs, readJson } from '../read-success.ts';
import { ollamaFault } from './refusal.ts';
import { recordSchema, type OllamaRecord } from './wire.ts';

const toFault = ollamaFault.bind(undefined, undefined);

/** Reads what came as a success, or throws the Fault that it reports. */
export function readRecord(text: string): OllamaRecord {
  return readAs(recordSchema, readJson(text, toFault));
}

/** An answer may say nothing where its cap left no room for a word. */
export function assertAnswered({ message, done, done_reason: reason }: OllamaRecord): void {
  const says = [message?.content, message?.thinking, message?.tool_calls?.length].some(Boolean);
  if (says || reason === 'length') return;
  throw done ? new Fault('upstream_empty_answer') : invalid('Empty');
}
