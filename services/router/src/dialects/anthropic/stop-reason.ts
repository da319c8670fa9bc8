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
  // Compatible hosts have OpenAI's words, and their own.
  ['length', 'length'],
  ['max_output_tokens', 'length'],
  ['content_filter', 'content_filter'],
  ['sensitive', 'content_filter'],
]);

/**
 * Anthropic adds stop reasons; one that is new is taken for an end of the model's own. Some compatible hosts call tools and
 * say that the turn has ended.
 */
export function toFinishReason(stopReason: string | null | undefined, hasCalls: boolean): FinishReason {
  const reason = finishReasons.get(stopReason ?? 'end_turn') ?? 'stop';
  return reason === 'stop' && hasCalls ? 'tool_calls' : reason;
}

/**
 * A turn that has ended by itself may be without a word, as after the result of a tool: it is the model's answer, and billed.
 * One that neither says anything nor why it ended is none.
 */
export function assertEnded(stopReason: string | null | undefined, blocks: number): void {
  if (blocks === 0 && !stopReason) throw new Fault('upstream_empty_answer');
}
