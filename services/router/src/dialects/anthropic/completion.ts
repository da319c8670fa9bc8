import type { CompletionMessage } from '@weir/contracts/chat/completion';
import type { FunctionCall } from '@weir/contracts/chat/tool';
import type { AnswerContext, Completion } from '../../domain/dialect.ts';
import { writeCompletion } from '../completion-writer.ts';
import { readAs, readJson } from '../read-success.ts';
import { assertNotEmpty, toFinishReason } from './finish-reason.ts';
import { messageHead } from './message-head.ts';
import { anthropicFault } from './refusal.ts';
import { toUsageRecord } from './usage.ts';
import { messageSchema, type WireMessage } from './wire.ts';

const toFault = anthropicFault.bind(undefined, undefined);

/** Reads a whole message. Throws a Fault where it reports an error, is empty, or cannot be understood. */
export function toCompletion(answer: string, context: AnswerContext): Completion {
  const message = readAs(messageSchema, readJson(answer, toFault));
  assertNotEmpty(message.stop_reason, message.content.length);
  const head = messageHead(context, message);
  const usage = toUsageRecord(message.usage ?? {}, head.model, true);
  const finishReason = toFinishReason(message.stop_reason);
  return { body: writeCompletion({ head, message: toMessage(message), finishReason, usage }), usage };
}

/** What is meant for nobody but Anthropic (signatures, searches of its own) is left out. */
function toMessage({ content, stop_details: stopDetails }: WireMessage): CompletionMessage {
  const texts = content.flatMap((block) => (block.type === 'text' ? [block.text] : []));
  const thoughts = content.flatMap((block) => (block.type === 'thinking' ? [block.thinking] : [])).join('');
  const toolCalls = content.flatMap((block) => (block.type === 'tool_use' ? [toToolCall(block)] : []));
  return {
    role: 'assistant',
    content: texts.length > 0 ? texts.join('') : null,
    refusal: stopDetails?.explanation ?? null,
    ...(thoughts !== '' && { reasoning_content: thoughts }),
    ...(toolCalls.length > 0 && { tool_calls: toolCalls }),
  };
}

function toToolCall(block: { id: string; name: string; input?: unknown }): FunctionCall {
  return {
    id: block.id,
    type: 'function',
    function: { name: block.name, arguments: JSON.stringify(block.input ?? {}) },
  };
}
