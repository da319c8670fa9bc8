import type { CompletionMessage } from '@weir/contracts/chat/completion';
import type { FunctionCall } from '@weir/contracts/chat/tool';
import type { ResponseContext, ParsedCompletion } from '../../domain/dialect.ts';
import { writeCompletion } from '../response-writer.ts';
import { parseAs, parseJson } from '../parse-response.ts';
import { toReasoningDetails, type ThinkingBlock } from './reasoning-details.ts';
import { assertEnded, toFinishReason } from './stop-reason.ts';
import { CallIds } from '../call-ids.ts';
import { messageHead, messageSchema, type WireBlock, type WireMessage } from './wire.ts';
import { ArgumentsReader } from '../tool-arguments.ts';
import { anthropicFault } from './provider-error.ts';
import { toUsageRecord } from './usage.ts';

const toFault = anthropicFault.bind(undefined, undefined);

/** Reads a whole message. Throws a Fault where it reports an error, or cannot be understood. */
export function toCompletion(answer: string, context: ResponseContext): ParsedCompletion {
  const wire = parseAs(messageSchema, parseJson(answer, toFault));
  assertEnded(wire.stop_reason, wire.content.length);
  const head = messageHead(context, wire);
  const usage = toUsageRecord(wire.usage ?? {}, head.model, true);
  const ids = new CallIds(context.requestId);
  const message = toMessage(wire, ids);
  const { content, refusal, reasoning_details: details, tool_calls: calls } = message;
  return {
    body: writeCompletion({
      head,
      message,
      finishReason: toFinishReason(wire.stop_reason, calls !== undefined),
      usage,
    }),
    usage,
    warnings: ids.warnings,
    isEmpty: !content && !refusal && !details && !calls,
  };
}

/** What is meant for nobody but Anthropic (searches of its own) is left out. */
function toMessage({ content, stop_details: stopDetails }: WireMessage, ids: CallIds): CompletionMessage {
  const texts = content.flatMap((block) => (block.type === 'text' ? [block.text ?? ''] : []));
  const blocks = content.flatMap((block) => toThinkingBlock(block) ?? []);
  const thoughts = blocks.flatMap((block) => (block.type === 'thinking' ? [block.thinking] : [])).join('');
  const reader = new ArgumentsReader();
  const toolCalls = content.flatMap((block) =>
    block.type === 'tool_use' ? [toToolCall(block, ids, reader)] : [],
  );
  return {
    role: 'assistant',
    content: texts.length > 0 ? texts.join('') : null,
    refusal: stopDetails?.explanation ?? null,
    ...(thoughts !== '' && { reasoning_content: thoughts }),
    ...(blocks.length > 0 && { reasoning_details: toReasoningDetails(blocks) }),
    ...(toolCalls.length > 0 && { tool_calls: toolCalls }),
  };
}

/** Undefined for a block that is no thought, or is one without a text and a signature. */
export function toThinkingBlock(block: WireBlock): ThinkingBlock | undefined {
  if (block.type === 'redacted_thinking')
    return block.data ? { type: block.type, data: block.data } : undefined;
  if (block.type !== 'thinking' || !(block.thinking || block.signature)) return undefined;
  const { thinking, signature } = block;
  return { type: 'thinking', thinking: thinking ?? '', ...(signature && { signature }) };
}

function toToolCall(
  block: Extract<WireBlock, { type: 'tool_use' }>,
  ids: CallIds,
  reader: ArgumentsReader,
): FunctionCall {
  return {
    id: ids.next(block.id),
    type: 'function',
    function: { name: block.name, arguments: reader.toArguments(block.input) },
  };
}
