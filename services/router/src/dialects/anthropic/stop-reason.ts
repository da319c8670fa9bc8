import type { FinishReason } from '@weir/contracts/chat/completion';
import { Fault } from '@weir/service-kit/fault';

const finishReasons = new Map<string, FinishReason>([
  ['end_turn', 'stop'],
  ['stop_sequence', 'stop'],
  ['max_tokens', 'length'],
  ['model_context_window_exceeded', 'length'],
  // A long turn that Anthropic broke off, to be sent back and carried on: what there is of it is not the whole.
  ['pause_turn', 'length'],
  ['tool_use', 'tool_calls'],
  ['refusal', 'content_filter'],
]);

/** Anthropic adds stop reasons; one that is new is taken for an end of the model's own. */
export function toFinishReason(stopReason: string | null | undefined): FinishReason {
  return finishReasons.get(stopReason ?? 'end_turn') ?? 'stop';
}

/** A turn that ended by itself, without a word: with a custom stop sequence, that is an answer; without, it is none. */
export function assertNotEmpty(stopReason: string | null | undefined, blocks: number): void {
  if (blocks > 0 || (stopReason ?? 'end_turn') !== 'end_turn') return;
  throw new Fault('upstream_empty_answer');
}
