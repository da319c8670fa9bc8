import type { ModelRequest, OutputFormat, ToolChoice } from '../model/model-request.ts';
import { countTokens } from '../model/tokens.ts';
import { dataUrlMediaType } from '../model/media-type.ts';
import type { ChatMessage, ChatRequest } from './chat-schema.ts';

/** What a chat request asks of the model. `reasonsUnasked`: whether the model reasons without being told to. */
export function toModelRequest(request: ChatRequest, reasonsUnasked: boolean): ModelRequest {
  const lastUser = request.messages.findLast((message) => message.role === 'user');
  const { stop } = request;
  return {
    model: request.model,
    stream: request.stream === true,
    promptTokens: request.messages.reduce((sum, message) => sum + countTokens(messageText(message)), 0),
    lastUserText: lastUser === undefined ? '' : messageText(lastUser),
    toolResults: trailingToolResults(request.messages),
    attachments: request.messages.flatMap(messageAttachments),
    tools: (request.tools ?? []).flatMap((tool) =>
      tool.type === 'function'
        ? [{ name: tool.function.name, parameters: tool.function.parameters ?? { type: 'object' } }]
        : [],
    ),
    toolChoice: readToolChoice(request.tool_choice),
    parallelToolCalls: request.parallel_tool_calls ?? true,
    announcesToolCalls: false,
    outputFormat: readFormat(request.response_format),
    reasons: (request.reasoning_effort ?? (reasonsUnasked ? 'medium' : 'none')) !== 'none',
    stopSequences: typeof stop === 'string' ? [stop] : (stop ?? []),
    maxOutputTokens: request.max_completion_tokens ?? request.max_tokens ?? undefined,
    choiceCount: request.n ?? 1,
  };
}

function messageText(message: ChatMessage): string {
  if (typeof message.content === 'string') return message.content;
  return (message.content ?? []).flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n');
}

function messageAttachments(message: ChatMessage): string[] {
  if (message.role !== 'user' || typeof message.content === 'string') return [];
  return message.content.flatMap((part) => {
    switch (part.type) {
      case 'text':
        return [];
      case 'image_url':
        return [dataUrlMediaType(part.image_url.url) ?? 'image/url'];
      case 'input_audio':
        return [`audio/${part.input_audio.format}`];
      case 'file':
        return [dataUrlMediaType(part.file.file_data ?? '') ?? 'application/octet-stream'];
    }
  });
}

function trailingToolResults(messages: ChatMessage[]): string[] {
  const start = messages.findLastIndex((message) => message.role !== 'tool') + 1;
  return messages.slice(start).map(messageText);
}

function readToolChoice(choice: ChatRequest['tool_choice']): ToolChoice {
  if (choice === undefined) return 'auto';
  if (typeof choice === 'string') return choice;
  return choice.type === 'function' ? { name: choice.function.name } : 'auto';
}

function readFormat(format: ChatRequest['response_format']): OutputFormat {
  if (format === undefined || format.type === 'text') return { kind: 'text' };
  if (format.type === 'json_object') return { kind: 'json_object' };
  return { kind: 'json_schema', schema: format.json_schema.schema ?? {} };
}
