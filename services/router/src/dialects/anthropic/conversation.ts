import type {
  ContentBlockParam,
  TextBlockParam,
  ToolResultBlockParam,
  ToolUseBlockParam,
} from '@anthropic-ai/sdk/resources/messages';
import type { ContentPart } from '@weir/contracts/chat/content-part';
import type { AssistantMessage, Message, ToolMessage } from '@weir/contracts/chat/message';
import type { ToolCall } from '@weir/contracts/chat/tool';
import { cacheControl, markLast } from './cache-marks.ts';
import { textOf, toTextBlocks, toToolBlocks, toUserBlocks } from './content.ts';
import { isThought, toThinkingBlocks } from './reasoning-details.ts';
import { ToolPairing } from './tool-pairing.ts';
import { addInOrder, finishTurns, type Turn } from './turns.ts';
import { mendedInputWarning, ToolInputReader } from '../tool-input.ts';
import { unsupported, unsupportedPart } from '../unsupported.ts';

export interface Conversation {
  readonly system?: TextBlockParam[];
  readonly messages: Turn[];
}

/** What is known along a conversation, and what the caller is told of it in the end. */
interface Context {
  readonly pairing: ToolPairing;
  readonly inputs: ToolInputReader;
  readonly warnings: Set<string>;
  /** Whether the model takes back no thoughts but signed ones. */
  readonly needsSignature: boolean;
}

/**
 * Messages as Anthropic wants them: instructions apart, wherever they stood; turns that alternate; each tool call answered in
 * the turn that follows it; thoughts before all else that the assistant said; no block without visible text. What an earlier
 * answer got wrong goes on in the form that makes sense, with a warning.
 *
 * Throws a Fault, naming the message, where a message cannot be said so.
 */
export function toConversation(
  messages: readonly Message[],
  needsSignature = true,
): { conversation: Conversation; warnings: string[] } {
  const system: TextBlockParam[] = [];
  const turns: Turn[] = [];
  const context = {
    pairing: new ToolPairing(),
    inputs: new ToolInputReader(),
    warnings: new Set<string>(),
    needsSignature,
  };
  for (const [index, message] of messages.entries()) {
    const param = `messages[${index}]`;
    if (message.role === 'system' || message.role === 'developer') {
      const blocks = toTextBlocks(textOf(message.content, `${param}.content`));
      markLast(blocks, message);
      for (const block of blocks) system.push(block);
      continue;
    }
    if (message.role !== 'tool') answerOpenCalls(turns, context);
    const blocks = toBlocks(message, context, param);
    markLast(blocks, message);
    addInOrder(turns, message.role === 'assistant' ? 'assistant' : 'user', blocks);
  }
  answerOpenCalls(turns, context);
  finishTurns(turns);
  const conversation = { ...(system.length > 0 && { system }), messages: turns };
  return { conversation, warnings: [...context.warnings] };
}

function toBlocks(
  message: Exclude<Message, { role: 'system' | 'developer' }>,
  context: Context,
  param: string,
): ContentBlockParam[] {
  switch (message.role) {
    case 'user':
      return toUserBlocks(message.content, `${param}.content`);
    case 'assistant':
      return toAssistantBlocks(message, context, param);
    case 'tool':
      return toToolResult(message, context, param);
    case 'function':
      throw unsupported('Messages of the role "function" are not supported: use "tool".', `${param}.role`);
  }
}

/** A call that nobody answered, as where its caller was stopped, has failed. */
function answerOpenCalls(turns: Turn[], { pairing, warnings }: Context): void {
  const results = pairing.takeUnanswered().map((id) => ({
    type: 'tool_result' as const,
    tool_use_id: id,
    content: 'There is no result.',
    is_error: true,
  }));
  if (results.length === 0) return;
  warnings.add('messages[].tool_calls[]: a call without a tool message was answered with an error');
  addInOrder(turns, 'user', results);
}

function toAssistantBlocks(message: AssistantMessage, context: Context, param: string): ContentBlockParam[] {
  if (message.audio) throw unsupported('Anthropic models know no earlier audio.', `${param}.audio`);
  const { content } = message;
  const texts = Array.isArray(content)
    ? content.flatMap((part, index) => toTextPart(part, `${param}.content[${index}]`))
    : content;
  const { blocks: thoughts, isLost } = toThinkingBlocks(message, context.needsSignature);
  if (isLost) context.warnings.add('messages[]: reasoning that is not signed by Claude was left out');
  return [
    // The SDK asks for a signature, which compatible hosts may not give.
    ...(thoughts as ContentBlockParam[]),
    ...toTextBlocks(texts),
    ...toTextBlocks(message.refusal),
    ...(message.tool_calls ?? []).map((call, index) =>
      toToolUse(call, context, `${param}.tool_calls[${index}]`),
    ),
  ];
}

function toTextPart(part: ContentPart, param: string) {
  if (part.type === 'text') return [part];
  if (part.type === 'refusal') return [{ type: 'text' as const, text: part.refusal }];
  if (isThought(part)) return [];
  throw unsupportedPart('Anthropic models', part, param);
}

function toToolUse(call: ToolCall, { pairing, inputs, warnings }: Context, param: string): ToolUseBlockParam {
  if (call.type !== 'function')
    throw unsupported('Anthropic models have function tools only.', `${param}.type`);
  const { sent, isAmbiguous } = pairing.call(call.id);
  if (isAmbiguous) {
    warnings.add('messages[].tool_calls[]: calls with the same id, or none, were paired by their order');
  }
  const { input, isMended } = inputs.read(call.function.arguments);
  if (isMended) warnings.add(mendedInputWarning);
  const name = toToolName(call.function.name);
  if (name !== call.function.name) {
    warnings.add('messages[].tool_calls[]: a name that Anthropic does not take was changed');
  }
  return { type: 'tool_use', id: sent, name, input, ...cacheControl(call, call.function) };
}

/** A mark on a part of a result stands on the result: within it, some of Claude's hosts refuse one. */
function withOwnMark(
  result: ToolResultBlockParam,
  parts: readonly { cache_control?: unknown }[],
): ToolResultBlockParam {
  const mark = cacheControl(...parts);
  for (const part of parts) delete part.cache_control;
  return { ...result, ...mark };
}

/** A name that a model has made up may be any text. */
function toToolName(name: string): string {
  return name.replaceAll(/[^a-zA-Z0-9_-]/g, '_').slice(0, 128) || 'unknown';
}

function toToolResult(
  message: ToolMessage,
  { pairing, warnings }: Context,
  param: string,
): ContentBlockParam[] {
  const content = toToolBlocks(message.content, `${param}.content`);
  const id = pairing.result(message.tool_call_id);
  if (id !== undefined) {
    const result: ToolResultBlockParam = { type: 'tool_result', tool_use_id: id };
    return [withOwnMark({ ...result, ...(content.length > 0 && { content }) }, content)];
  }
  warnings.add('messages[]: a tool message that answers no call of the turn before it was sent as text');
  return content.length > 0 ? [{ type: 'text', text: 'The result of a tool call:' }, ...content] : [];
}
