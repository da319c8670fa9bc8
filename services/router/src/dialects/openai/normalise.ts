import type { ChatChunk, ChunkChoice, Delta } from '@weir/contracts/chat/chunk';
import type {
  ChatCompletion,
  Choice,
  CompletionMessage,
  FinishReason,
} from '@weir/contracts/chat/completion';
import { Fault } from '@weir/service-kit/fault';
import type { ResponseContext } from '../../domain/dialect.ts';
import { responseHead } from '../response-writer.ts';
import { parseAs } from '../parse-response.ts';
import { toFinishReason } from './finish-reason.ts';
import {
  hostChunkSchema,
  hostCompletionSchema,
  type HostHead,
  type HostMessage,
  type HostToolCall,
  isGiven,
} from './host-forms.ts';
import type { StreamedToolCalls } from './streamed-tool-calls.ts';

/** Puts a compatible host's completion into OpenAI's form. Throws a Fault where nothing can be made of it. */
export function normaliseCompletion(body: unknown, context: ResponseContext): ChatCompletion {
  const completion = parseAs(hostCompletionSchema, body);
  if (completion.choices.length === 0) throw new Fault('upstream_empty_answer');
  return {
    ...completion,
    ...normaliseHead(completion, context),
    object: 'chat.completion',
    choices: completion.choices.map((choice, position): Choice => {
      const message = normaliseMessage(choice.message, context);
      const finishReason = choice.finish_reason ?? impliedFinish(message);
      return {
        ...choice,
        index: choice.index ?? position,
        message,
        finish_reason: toFinishReason(finishReason),
      };
    }),
  };
}

/** Puts a compatible host's chunk into OpenAI's form. An empty finish reason there means that there is none yet. */
export function normaliseChunk(body: unknown, context: ResponseContext, calls: StreamedToolCalls): ChatChunk {
  const chunk = parseAs(hostChunkSchema, body);
  return {
    ...chunk,
    ...normaliseHead(chunk, context),
    object: 'chat.completion.chunk',
    choices: (chunk.choices ?? []).map((choice, position): ChunkChoice => {
      const index = choice.index ?? position;
      return {
        ...choice,
        index,
        delta: normaliseDelta(choice.delta ?? {}, (call) => calls.place(index, call)),
        finish_reason: choice.finish_reason ? toFinishReason(choice.finish_reason) : null,
      };
    }),
  };
}

/** Whether there is content: text, thoughts, a refusal, a call, a voice. */
export function saysSomething(message: Delta | CompletionMessage): boolean {
  const { content, reasoning_content, refusal, tool_calls, function_call, audio } = message;
  return [content, reasoning_content, refusal, tool_calls?.length, function_call, audio].some(Boolean);
}

/** Whether thoughts come under the name that OpenAI's form does not have. */
export function hasReasoningAlias(message: Delta | CompletionMessage): boolean {
  return typeof message['reasoning'] === 'string' && typeof message.reasoning_content !== 'string';
}

/** An answer without a reason to end has ended all the same, unless it says nothing either. */
function impliedFinish(message: CompletionMessage): FinishReason {
  if (!saysSomething(message)) throw new Fault('upstream_empty_answer');
  return message.tool_calls ? 'tool_calls' : 'stop';
}

function normaliseHead(said: HostHead, context: ResponseContext) {
  const head = responseHead(context, {
    ...(isGiven(said.id) && { id: said.id }),
    ...(isGiven(said.model) && { model: said.model }),
  });
  return { ...head, ...(said.created && { created: said.created }) };
}

function normaliseMessage(said: HostMessage, context: ResponseContext): CompletionMessage {
  const calls = said.tool_calls ?? [];
  return {
    ...normaliseContent(said),
    role: 'assistant',
    tool_calls:
      calls.length === 0 ? undefined : calls.map((call, position) => wholeCall(call, position, context)),
  };
}

function normaliseDelta(said: HostMessage, place: (call: HostToolCall) => { index: number }): Delta {
  return {
    ...normaliseContent(said),
    tool_calls: said.tool_calls?.map((call) => ({
      ...call,
      ...place(call),
      function: call.function && { ...call.function, arguments: toArguments(call.function.arguments) },
    })),
  };
}

function normaliseContent({ content, reasoning, ...said }: HostMessage) {
  const parts = Array.isArray(content) ? content : [];
  const thoughts = parts.flatMap(({ thinking }) => thinking?.map(({ text }) => text ?? '') ?? []).join('');
  return {
    ...said,
    content: Array.isArray(content) ? parts.map(({ text }) => text ?? '').join('') : content,
    reasoning_content: said.reasoning_content ?? reasoning ?? (thoughts === '' ? undefined : thoughts),
  };
}

function wholeCall(call: HostToolCall, position: number, { requestId }: ResponseContext) {
  return {
    ...call,
    id: isGiven(call.id) ? call.id : `call_${requestId}_${position}`,
    type: 'function' as const,
    function: {
      ...call.function,
      name: call.function?.name ?? '',
      arguments: toArguments(call.function?.arguments) ?? '{}',
    },
  };
}

/** Some hosts send the object that OpenAI sends as text. */
function toArguments(said: unknown): string | undefined {
  if (said === null || said === undefined) return undefined;
  return typeof said === 'string' ? said : JSON.stringify(said);
}
