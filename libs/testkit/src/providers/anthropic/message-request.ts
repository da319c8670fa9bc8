import type { ModelRequest, ToolChoice } from '../model/model-request.ts';
import { countTokens } from '../model/tokens.ts';
import { contentBlocks } from './message-rules.ts';
import type { ContentBlock, CountTokensRequest, MessageRequest } from './message-schema.ts';

/** What a request for a message asks of the model. */
export function toModelRequest(request: MessageRequest): ModelRequest {
  const lastUser = request.messages.findLast((message) => message.role === 'user');
  const choice = request.tool_choice ?? { type: 'auto' };
  const format = request.output_config?.format;
  return {
    model: request.model,
    stream: request.stream === true,
    promptTokens: countPromptTokens(request),
    lastUserText: lastSaidText(request),
    toolResults: contentBlocks(lastUser).flatMap((block) =>
      block.type === 'tool_result' ? [blockText(block)] : [],
    ),
    attachments: request.messages.flatMap(contentBlocks).flatMap(blockAttachments),
    tools: (request.tools ?? []).map((tool) => ({ name: tool.name, parameters: tool.input_schema })),
    toolChoice: readToolChoice(choice),
    parallelToolCalls: !('disable_parallel_tool_use' in choice && choice.disable_parallel_tool_use),
    announcesToolCalls: true,
    outputFormat: format ? { kind: 'json_schema', schema: format.schema } : { kind: 'text' },
    reasons: request.thinking?.type === 'enabled' || request.thinking?.type === 'adaptive',
    stopSequences: request.stop_sequences ?? [],
    maxOutputTokens: request.max_tokens,
    choiceCount: 1,
  };
}

/** The tokens of the system prompt and of every text in the conversation. */
export function countPromptTokens({ system = '', messages }: CountTokensRequest): number {
  const systemText = typeof system === 'string' ? system : system.map((block) => block.text).join('\n');
  const texts = messages.flatMap(contentBlocks).map(blockText);
  return [systemText, ...texts].reduce((sum, text) => sum + countTokens(text), 0);
}

/** What the user said last, results of tools apart. */
function lastSaidText({ messages }: MessageRequest): string {
  const said = messages
    .filter((message) => message.role === 'user')
    .map((message) => contentBlocks(message).filter((block) => block.type === 'text'))
    .findLast((blocks) => blocks.length > 0);
  return (said ?? []).map(blockText).join('\n');
}

function blockText(block: ContentBlock): string {
  switch (block.type) {
    case 'text':
      return block.text;
    case 'tool_result':
      if (typeof block.content === 'string') return block.content;
      return (block.content ?? []).map(blockText).filter(Boolean).join('\n');
    case 'image':
    case 'document':
    case 'thinking':
    case 'redacted_thinking':
    case 'tool_use':
      return '';
  }
}

function blockAttachments(block: ContentBlock): string[] {
  if (block.type === 'image') {
    return [block.source.type === 'base64' ? block.source.media_type : `image/${block.source.type}`];
  }
  return block.type === 'document' ? ['application/pdf'] : [];
}

function readToolChoice(choice: NonNullable<MessageRequest['tool_choice']>): ToolChoice {
  switch (choice.type) {
    case 'any':
      return 'required';
    case 'tool':
      return { name: choice.name };
    case 'auto':
    case 'none':
      return choice.type;
  }
}
