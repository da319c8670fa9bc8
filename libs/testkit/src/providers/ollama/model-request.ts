import { sniffImageType } from '../model/media-type.ts';
import type { ModelRequest, OutputFormat } from '../model/model-request.ts';
import { countTokens } from '../model/tokens.ts';
import type { ChatRequest, GenerateRequest } from './schemas.ts';

/** What a chat request asks of the model. */
export function chatToModelRequest(request: ChatRequest): ModelRequest {
  const { messages } = request;
  const firstResult = messages.findLastIndex((message) => message.role !== 'tool') + 1;
  return {
    ...sharedRequest(request),
    promptTokens: messages.reduce((sum, message) => sum + countTokens(message.content), 0),
    lastUserText: messages.findLast((message) => message.role === 'user')?.content ?? '',
    toolResults: messages.slice(firstResult).map((message) => message.content),
    attachments: messages.flatMap((message) => (message.images ?? []).map(sniffImageType)),
    tools: (request.tools ?? []).map(({ function: tool }) => ({
      name: tool.name,
      parameters: tool.parameters ?? {},
    })),
  };
}

/** What a request to complete a prompt asks of the model. */
export function generateToModelRequest(request: GenerateRequest): ModelRequest {
  return {
    ...sharedRequest(request),
    promptTokens: countTokens(request.system ?? '') + countTokens(request.prompt),
    lastUserText: request.prompt,
    toolResults: [],
    attachments: (request.images ?? []).map(sniffImageType),
    tools: [],
  };
}

function sharedRequest(request: ChatRequest | GenerateRequest) {
  const cap = request.options?.num_predict ?? -1;
  return {
    model: request.model,
    // Unlike the others, Ollama streams unless it is told not to.
    stream: request.stream !== false,
    toolChoice: 'auto' as const,
    parallelToolCalls: true,
    announcesToolCalls: false,
    outputFormat: readFormat(request.format),
    reasons: (request.think ?? false) !== false,
    stopSequences: request.options?.stop ?? [],
    maxOutputTokens: cap < 0 ? undefined : cap,
    choiceCount: 1,
  };
}

function readFormat(format: ChatRequest['format']): OutputFormat {
  if (typeof format === 'object' && format !== null) return { kind: 'json_schema', schema: format };
  return { kind: format === 'json' ? 'json_object' : 'text' };
}
