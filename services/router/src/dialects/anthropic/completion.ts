import type { CompletionMessage } from '@weir/contracts/chat/completion';
import type { FunctionCall } from '@weir/contracts/chat/tool';
import type { ResponseContext, ParsedCompletion } from '../../domain/dialect.ts';
import { writeCompletion } from '../response-writer.ts';
import { parseAs, parseJson } from '../parse-response.ts';
import { assertNotEmpty, toFinishReason } from './stop-reason.ts';
import { messageHead, messageSchema, type WireMessage } from './wire.ts';
import { anthropicFault } from './provider-error.ts';
import { toUsageRecord } from './usage.ts';

const toFault = anthropicFault.bind(undefined, undefined);

/** Reads a whole message. Throws a Fault where it reports an error, is empty, or cannot be understood. */
export function toCompletion(answer: string, context: ResponseContext): ParsedCompletion {
  const message = parseAs(messageSchema, parseJson(answer, toFault));
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
