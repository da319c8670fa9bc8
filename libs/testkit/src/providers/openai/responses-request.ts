import { dataUrlMediaType } from '../model/media-type.ts';
import type { ModelRequest, OutputFormat } from '../model/model-request.ts';
import { countTokens } from '../model/tokens.ts';
import { ErrorReply } from '../reply.ts';
import { invalidRequest } from './errors.ts';
import type { ResponsesInputItem, ResponsesRequest } from './responses-schema.ts';

/** What a Responses request asks of the model. Throws an ErrorReply if a tool's output answers no call. */
export function toModelRequest(request: ResponsesRequest): ModelRequest {
  const items = inputItems(request.input);
  if (!request.previous_response_id) checkCallOutputs(items);
  const texts = [request.instructions ?? '', ...items.map(itemText)];
  const lastUser = items.findLast((item) => 'role' in item && item.role === 'user');
  const choice = request.tool_choice ?? 'auto';
  return {
    model: request.model,
    stream: request.stream === true,
    promptTokens: texts.reduce((sum, text) => sum + countTokens(text), 0),
    lastUserText: lastUser === undefined ? '' : itemText(lastUser),
    toolResults: trailingToolResults(items),
    attachments: items.flatMap(itemAttachments),
    tools: (request.tools ?? []).map(({ name, parameters }) => ({ name, parameters: parameters ?? {} })),
    toolChoice: typeof choice === 'string' ? choice : { name: choice.name },
    parallelToolCalls: request.parallel_tool_calls ?? true,
    announcesToolCalls: false,
    outputFormat: readFormat(request.text?.format),
    reasons: (request.reasoning?.effort ?? 'none') !== 'none',
    stopSequences: [],
    maxOutputTokens: request.max_output_tokens ?? undefined,
    choiceCount: 1,
  };
}

function inputItems(input: ResponsesRequest['input']): ResponsesInputItem[] {
  return typeof input === 'string' ? [{ role: 'user', content: input }] : input;
}

function itemText(item: ResponsesInputItem): string {
  if ('role' in item) return joinTexts(item.content);
  return item.type === 'function_call_output' ? joinTexts(item.output) : '';
}

function joinTexts(content: string | { type: string; text?: string }[]): string {
  if (typeof content === 'string') return content;
  return content.flatMap((part) => (part.text === undefined ? [] : [part.text])).join('\n');
}

function itemAttachments(item: ResponsesInputItem): string[] {
  if (!('role' in item) || item.role === 'assistant' || typeof item.content === 'string') return [];
  return item.content.flatMap((part) => {
    switch (part.type) {
      case 'input_text':
        return [];
      case 'input_image':
        return [dataUrlMediaType(part.image_url ?? '') ?? 'image/url'];
      case 'input_file':
        return [dataUrlMediaType(part.file_data ?? '') ?? 'application/octet-stream'];
    }
  });
}

function trailingToolResults(items: ResponsesInputItem[]): string[] {
  const start = items.findLastIndex((item) => item.type !== 'function_call_output') + 1;
  return items.slice(start).map(itemText);
}

function checkCallOutputs(items: ResponsesInputItem[]): void {
  const called = items.flatMap((item) => (item.type === 'function_call' ? [item.call_id] : []));
  const answered = items.flatMap((item) => (item.type === 'function_call_output' ? [item.call_id] : []));
  const unknown = answered.find((id) => !called.includes(id));
  if (unknown !== undefined) {
    refuse(`No tool call found for function call output with call_id ${unknown}.`);
  }
  const open = called.find((id) => !answered.includes(id));
  if (open !== undefined) refuse(`No tool output found for function call ${open}.`);
}

function refuse(message: string): never {
  throw new ErrorReply(invalidRequest(message, { param: 'input' }));
}

function readFormat(format: NonNullable<ResponsesRequest['text']>['format']): OutputFormat {
  if (format === undefined || format.type === 'text') return { kind: 'text' };
  if (format.type === 'json_object') return { kind: 'json_object' };
  return { kind: 'json_schema', schema: format.schema };
}
