import { ErrorReply } from '../reply.ts';
import { findOpenObject } from '../model/closed-schema.ts';
import type { ChatMessage, ChatRequest } from './chat-schema.ts';
import { invalidRequest } from './errors.ts';

/** What OpenAI checks beyond the shape of a chat request. Throws an ErrorReply. */
export function checkChatRequest(request: ChatRequest): void {
  if (typeof request.max_tokens === 'number' && typeof request.max_completion_tokens === 'number') {
    refuse("Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported.");
  }
  if ((request.stream_options ?? undefined) !== undefined && request.stream !== true) {
    refuse("The 'stream_options' parameter is only allowed when 'stream' is enabled.", 'stream_options');
  }
  if (typeof request.top_logprobs === 'number' && request.logprobs !== true) {
    refuse("The 'top_logprobs' parameter is only allowed when 'logprobs' is enabled.", 'top_logprobs');
  }
  if (request.tools === undefined) checkAbsenceOfTools(request);
  checkToolChoice(request);
  checkStrictFormat(request);
  checkToolMessages(request.messages);
}

function checkAbsenceOfTools(request: ChatRequest): void {
  if (request.tool_choice !== undefined && request.tool_choice !== 'none') {
    refuse("'tool_choice' is only allowed when 'tools' are specified.", 'tool_choice');
  }
  if (request.parallel_tool_calls !== undefined) {
    refuse("'parallel_tool_calls' is only allowed when 'tools' are specified.", 'parallel_tool_calls');
  }
}

function checkToolChoice({ tool_choice: choice, tools = [] }: ChatRequest): void {
  if (typeof choice !== 'object' || choice.type !== 'function') return;
  const { name } = choice.function;
  if (tools.some((tool) => tool.type === 'function' && tool.function.name === name)) return;
  refuse(`Tool choice '${name}' not found in 'tools' parameter.`, 'tool_choice');
}

function checkStrictFormat({ response_format: format }: ChatRequest): void {
  if (format?.type !== 'json_schema' || format.json_schema.strict !== true) return;
  const path = findOpenObject(format.json_schema.schema ?? {});
  if (path === undefined) return;
  const context = path.map((step) => `'${step}'`).join(', ');
  const message =
    `Invalid schema for response_format '${format.json_schema.name}': In context=(${context}), ` +
    "'additionalProperties' is required to be supplied and to be false.";
  refuse(message, 'response_format');
}

/** Tool messages answer the assistant message before them, every call of it, and nothing else. */
function checkToolMessages(messages: ChatMessage[]): void {
  let open: string[] = [];
  for (const [index, message] of messages.entries()) {
    if (message.role === 'tool') {
      if (!open.includes(message.tool_call_id)) {
        const text = "messages with role 'tool' must be a response to a preceding message with 'tool_calls'.";
        refuse(`Invalid parameter: ${text}`, `messages.[${index}].role`);
      }
      open = open.filter((id) => id !== message.tool_call_id);
    } else {
      checkAnswered(open, index);
      open = message.role === 'assistant' ? (message.tool_calls ?? []).map((call) => call.id) : [];
    }
  }
  checkAnswered(open, messages.length);
}

function checkAnswered(open: string[], index: number): void {
  if (open.length === 0) return;
  const message =
    "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. " +
    `The following tool_call_ids did not have response messages: ${open.join(', ')}`;
  refuse(message, `messages.[${index}].role`);
}

function refuse(message: string, param?: string): never {
  throw new ErrorReply(invalidRequest(message, param === undefined ? {} : { param }));
}
