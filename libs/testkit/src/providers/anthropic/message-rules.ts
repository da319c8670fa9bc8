import { findOpenObject } from '../model/closed-schema.ts';
import { ErrorReply } from '../reply.ts';
import { invalidRequest } from './errors.ts';
import type { ContentBlock, CountTokensRequest, Message, MessageRequest } from './message-schema.ts';
import type { ApiVersion } from './protocol.ts';

/** What Anthropic checks beyond the shape of a request for a message. Throws an ErrorReply. */
export function checkMessageRequest(request: MessageRequest, version: ApiVersion): void {
  checkConversation(request, version);
  checkThinking(request);
}

/** What Anthropic checks of the conversation, tools and output format of any request. Throws an ErrorReply. */
export function checkConversation(request: CountTokensRequest, version: ApiVersion): void {
  if (request.messages[0]?.role === 'assistant') refuse('messages: first message must use the "user" role');
  for (const [index, message] of request.messages.entries()) {
    checkRole(message, index, version);
    checkToolResults(contentBlocks(message), request.messages[index - 1], index);
    checkToolUses(contentBlocks(message), request.messages[index + 1], index);
  }
  checkFormat(request);
  checkToolChoice(request);
}

export function contentBlocks(message: Message | undefined): ContentBlock[] {
  if (message === undefined) return [];
  return typeof message.content === 'string' ? [{ type: 'text', text: message.content }] : message.content;
}

const USER_BLOCKS: ContentBlock['type'][] = ['text', 'image', 'document', 'tool_result'];
const ASSISTANT_BLOCKS: ContentBlock['type'][] = [
  'text',
  'document',
  'thinking',
  'redacted_thinking',
  'tool_use',
];

function checkRole(message: Message, index: number, version: ApiVersion): void {
  const isNew = version === '2026-10-21';
  if (message.role === 'system' && !isNew) {
    refuse(`messages.${index}.role: use the top-level \`system\` parameter for the initial system prompt`);
  }
  const allowed = message.role === 'assistant' ? ASSISTANT_BLOCKS : USER_BLOCKS;
  for (const [position, block] of contentBlocks(message).entries()) {
    const path = `messages.${index}.content.${position}`;
    const isGone = isNew && message.role === 'assistant' && block.type === 'document';
    if (isGone || !allowed.includes(block.type)) {
      refuse(`${path}: \`${block.type}\` blocks are not permitted in ${message.role} turns`);
    }
    if (isNew && message.role === 'user' && block.type === 'text' && block.citations) {
      refuse(`${path}.citations: Extra inputs are not permitted`);
    }
  }
}

/** Tool results come first in their turn and answer the tool uses of the turn before. */
function checkToolResults(blocks: ContentBlock[], previous: Message | undefined, index: number): void {
  const asked = contentBlocks(previous).flatMap((block) => (block.type === 'tool_use' ? [block.id] : []));
  const firstOther = blocks.findIndex((block) => block.type !== 'tool_result');
  for (const [position, block] of blocks.entries()) {
    if (block.type !== 'tool_result') continue;
    const path = `messages.${index}.content.${position}`;
    if (!asked.includes(block.tool_use_id)) {
      const rule =
        'Each `tool_result` block must have a corresponding `tool_use` block in the previous message.';
      refuse(
        `${path}: unexpected \`tool_use_id\` found in \`tool_result\` blocks: ${block.tool_use_id}. ${rule}`,
      );
    }
    if (firstOther >= 0 && firstOther < position) {
      refuse(`${path}: \`tool_result\` blocks must come before all other content of their message`);
    }
  }
}

function checkToolUses(blocks: ContentBlock[], next: Message | undefined, index: number): void {
  const answered = contentBlocks(next).flatMap((block) =>
    block.type === 'tool_result' ? [block.tool_use_id] : [],
  );
  const open = blocks.flatMap((block) =>
    block.type === 'tool_use' && !answered.includes(block.id) ? [block.id] : [],
  );
  if (open.length === 0) return;
  const rule = 'Each `tool_use` block must have a corresponding `tool_result` block in the next message.';
  const ids = open.join(', ');
  refuse(
    `messages.${index}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${ids}. ${rule}`,
  );
}

function checkFormat({ output_config: config }: CountTokensRequest): void {
  if (!config?.format || findOpenObject(config.format.schema) === undefined) return;
  const rule = "For 'object' type, 'additionalProperties' must be explicitly set to false";
  refuse(`output_config.format.schema: ${rule}`);
}

function checkToolChoice({ tool_choice: choice, tools = [] }: CountTokensRequest): void {
  if (choice === undefined || choice.type === 'none') return;
  if (tools.length === 0) refuse('tool_choice: may only be specified while providing tools');
  if (choice.type === 'tool' && !tools.some((tool) => tool.name === choice.name)) {
    refuse(`tool_choice: Tool '${choice.name}' not found in provided tools`);
  }
}

function checkThinking({ thinking, max_tokens, tool_choice, temperature, top_k }: MessageRequest): void {
  if (thinking === undefined || thinking.type === 'disabled') return;
  if (thinking.type === 'enabled' && thinking.budget_tokens >= max_tokens) {
    refuse('`max_tokens` must be greater than `thinking.budget_tokens`.');
  }
  if (tool_choice?.type === 'any' || tool_choice?.type === 'tool') {
    refuse('Thinking may not be enabled when tool_choice forces tool use.');
  }
  if ((temperature ?? 1) !== 1) refuse('`temperature` may only be set to 1 when thinking is enabled.');
  if (top_k !== undefined) refuse('`top_k` must be unset when thinking is enabled.');
}

function refuse(message: string): never {
  throw new ErrorReply(invalidRequest(message));
}
