import type {
  ContentBlockParam,
  TextBlockParam,
  ToolResultBlockParam,
  ToolUseBlockParam,
} from '@anthropic-ai/sdk/resources/messages';
import type { AssistantPart } from '@weir/contracts/chat/content-part';
import type { AssistantMessage, Message, ToolMessage } from '@weir/contracts/chat/message';
import type { ToolCall } from '@weir/contracts/chat/tool';
import { textOf, toTextBlocks, toUserBlocks } from './content.ts';
import { ToolPairing } from './tool-pairing.ts';
import { toToolInput } from '../tool-input.ts';
import { unsupported, unsupportedPart } from '../unsupported.ts';

interface Turn {
  readonly role: 'user' | 'assistant';
  readonly content: ContentBlockParam[];
}

export interface Conversation {
  readonly system?: TextBlockParam[];
  readonly messages: Turn[];
}

/**
 * Messages as Anthropic wants them: instructions apart, wherever they stood; turns that alternate; each tool call
 * answered in the turn that follows it; no block without visible text. Thoughts of earlier turns are left out: Anthropic
 * takes them back only with its signature, which our form does not carry.
 *
 * Throws a Fault, naming the message, where a message cannot be said so.
 */
export function toConversation(messages: readonly Message[]): Conversation {
  const system: TextBlockParam[] = [];
  const turns: Turn[] = [];
  const pairing = new ToolPairing();
  for (const [index, message] of messages.entries()) {
    const param = `messages[${index}]`;
    if (message.role === 'system' || message.role === 'developer') {
      const content = textOf(message.content, `${param}.content`);
      for (const block of toTextBlocks(content)) system.push(block);
      continue;
    }
    if (message.role !== 'tool') pairing.assertAnswered();
    say(turns, message.role === 'assistant' ? 'assistant' : 'user', toBlocks(message, pairing, param));
  }
  pairing.assertAnswered();
  beginWithUser(turns);
  trimPrefill(turns);
  return { ...(system.length > 0 && { system }), messages: turns };
}

function toBlocks(
  message: Exclude<Message, { role: 'system' | 'developer' }>,
  pairing: ToolPairing,
  param: string,
): ContentBlockParam[] {
  switch (message.role) {
    case 'user':
      return toUserBlocks(message.content, `${param}.content`);
    case 'assistant':
      return toAssistantBlocks(message, pairing, param);
    case 'tool':
      return [toToolResult(message, pairing, param)];
    case 'function':
      throw unsupported('Messages of the role "function" are not supported: use "tool".', `${param}.role`);
  }
}

/** Adds to the last turn where it is of the same role, since Anthropic's turns alternate. */
function say(turns: Turn[], role: Turn['role'], content: ContentBlockParam[]): void {
  if (content.length === 0) return;
  const last = turns.at(-1);
  if (last?.role !== role) turns.push({ role, content });
  // One by one: a message may have more parts than a call may have arguments.
  else for (const block of content) last.content.push(block);
}

function toAssistantBlocks(
  message: AssistantMessage,
  pairing: ToolPairing,
  param: string,
): ContentBlockParam[] {
  if (message.audio) throw unsupported('Anthropic models know no earlier audio.', `${param}.audio`);
  const { content } = message;
  const texts = Array.isArray(content)
    ? content.map((part, index) => toTextPart(part, `${param}.content[${index}]`))
    : content;
  return [
    ...toTextBlocks(texts),
    ...toTextBlocks(message.refusal),
    ...(message.tool_calls ?? []).map((call, index) =>
      toToolUse(call, pairing, { message: param, call: `${param}.tool_calls[${index}]` }),
    ),
  ];
}

function toTextPart(part: AssistantPart, param: string) {
  if (part.type === 'text') return part;
  if (part.type === 'refusal') return { type: 'text' as const, text: part.refusal };
  throw unsupportedPart('Anthropic models', part, param);
}

function toToolUse(
  call: ToolCall,
  pairing: ToolPairing,
  params: { message: string; call: string },
): ToolUseBlockParam {
  if (call.type !== 'function') {
    throw unsupported('Anthropic models have function tools only.', `${params.call}.type`);
  }
  const id = pairing.call(call.id, params.message);
  const { name, arguments: input } = call.function;
  return { type: 'tool_use', id, name, input: toToolInput(input, `${params.call}.function.arguments`) };
}

function toToolResult(message: ToolMessage, pairing: ToolPairing, param: string): ToolResultBlockParam {
  const content = toTextBlocks(textOf(message.content, `${param}.content`));
  return {
    type: 'tool_result',
    tool_use_id: pairing.result(message.tool_call_id, param),
    ...(content.length > 0 && { content }),
  };
}

/**
 * Anthropic's conversations begin with the user's turn, and OpenAI's may begin with a greeting, or be nothing but
 * instructions. The least that the user can have said is a full stop.
 */
function beginWithUser(turns: Turn[]): void {
  if (turns[0]?.role === 'user') return;
  turns.unshift({ role: 'user', content: [{ type: 'text', text: '.' }] });
}

/** An assistant's last message is the beginning of the answer, and Anthropic refuses one that ends in white space. */
function trimPrefill(turns: Turn[]): void {
  const last = turns.at(-1);
  const block = last?.role === 'assistant' ? last.content.at(-1) : undefined;
  if (block?.type === 'text') block.text = block.text.trimEnd();
}
