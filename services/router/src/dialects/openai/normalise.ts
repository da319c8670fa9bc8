import type { ChunkChoice, Delta } from '@weir/contracts/chat/chunk';
import type {
  ChatCompletion,
  Choice,
  CompletionMessage,
  FinishReason,
} from '@weir/contracts/chat/completion';
import { Fault } from '@weir/service-kit/fault';
import type { ResponseContext } from '../../domain/dialect.ts';
import { type AnswerNames, type ResponseHead, responseHead } from '../response-writer.ts';
import { parseAs } from '../parse-response.ts';
import { toFinishReason, withCalls } from './finish-reason.ts';
import { callsFunction, readContent, saysSomething } from './host-content.ts';
import {
  hostChunkSchema,
  hostCompletionSchema,
  type HostHead,
  type HostMessage,
  isGiven,
} from './host-forms.ts';
import { ChoicePlaces, surplusChoicesWarning } from './choice-places.ts';
import type { StreamedToolCalls } from './streamed-tool-calls.ts';
import { completeUsage, type UsageReport } from './usage-report.ts';
import { toToolCalls } from './whole-tool-calls.ts';

export interface NormaliseParts {
  readonly context: ResponseContext;
  /** Takes what is lost of the answer. */
  readonly warnings: Set<string>;
}

export interface NormaliseChunkParts extends NormaliseParts {
  readonly calls: StreamedToolCalls;
  readonly places: ChoicePlaces;
  /** The choices whose deltas have said something. */
  readonly speaking: ReadonlySet<number>;
}

/** A chunk whose usage may be told in part. */
export interface ReadChunk extends ResponseHead {
  readonly choices: readonly ChunkChoice[];
  readonly usage?: UsageReport | null | undefined;
  readonly service_tier?: string | null | undefined;
}

/** Puts a compatible host's completion into OpenAI's form. Throws a Fault where nothing can be made of it. */
export function normaliseCompletion(body: unknown, parts: NormaliseParts): ChatCompletion {
  const { context } = parts;
  const completion = parseAs(hostCompletionSchema, body);
  if (completion.choices.length === 0) throw new Fault('upstream_empty_answer');
  const places = new ChoicePlaces(context.choices);
  return {
    ...completion,
    ...normaliseHead(completion, context),
    object: 'chat.completion',
    choices: completion.choices.map(({ delta, ...choice }, position): Choice => {
      const index = places.of(choice.index ?? position) ?? position;
      const message = normaliseMessage(choice.message ?? delta ?? {}, parts);
      const finishReason = choice.finish_reason ?? impliedFinish(message);
      return {
        ...choice,
        index,
        message,
        finish_reason: withCalls(toFinishReason(finishReason), {
          tools: Boolean(message.tool_calls),
          functions: callsFunction(message),
          areForced: context.forcesNamedCall,
        }),
      };
    }),
    usage: completeUsage(completion.usage ?? undefined),
  };
}

/**
 * Puts a compatible host's chunk into OpenAI's form. An empty finish reason there means that there is none yet. Tool calls
 * are taken note of: a chunk is read once.
 */
export function normaliseChunk(body: unknown, parts: NormaliseChunkParts): ReadChunk {
  const { context, calls, places, warnings } = parts;
  const chunk = parseAs(hostChunkSchema, body);
  const normalised = {
    ...chunk,
    ...normaliseHead(chunk, context),
    object: 'chat.completion.chunk',
    choices: (chunk.choices ?? []).flatMap(({ delta, message, ...choice }, position): ChunkChoice[] => {
      const index = places.of(choice.index ?? position);
      if (index === undefined) return [];
      const said = sayingOf({ delta, message }, index, parts);
      if (callsFunction(said)) calls.noteFunctionCall(index);
      const placed = said.tool_calls?.map((call) => calls.place(index, call)) ?? [];
      const reason = choice.finish_reason ? toFinishReason(choice.finish_reason) : null;
      const pieces = [
        ...placed.filter((piece) => piece !== undefined),
        ...(reason ? calls.finish(index) : []),
      ];
      return [
        {
          ...choice,
          ...(message && said === delta && { message }),
          index,
          delta: {
            ...normaliseContent(said, parts),
            tool_calls: pieces.length > 0 ? pieces : undefined,
          },
          finish_reason: reason && calls.finishReason(index, reason),
        },
      ];
    }),
  };
  if (places.hasSurplus) warnings.add(surplusChoicesWarning);
  return normalised;
}

/** Whether thoughts come under the name that OpenAI's form does not have. */
export function hasReasoningAlias(message: Delta | CompletionMessage): boolean {
  return isText(message['reasoning']) && !message.reasoning_content;
}

/** An answer without a reason to end has ended all the same, unless it says nothing either. */
function impliedFinish(message: CompletionMessage): FinishReason {
  if (!saysSomething(message)) throw new Fault('upstream_empty_answer');
  return message.tool_calls ? 'tool_calls' : 'stop';
}

function normaliseHead(said: HostHead & AnswerNames, context: ResponseContext) {
  const isSecret = (name: unknown) => typeof name === 'string' && context.isSecret?.(name) === true;
  const head = responseHead(context, {
    ...(isGiven(said.id) && { id: said.id }),
    ...(isGiven(said.model) && { model: said.model }),
  });
  return {
    ...head,
    ...(said.created && { created: said.created }),
    ...(isSecret(said.system_fingerprint) && { system_fingerprint: undefined }),
    ...(isSecret(said.service_tier) && { service_tier: undefined }),
  };
}

/**
 * What a chunk's choice says. Some hosts send a whole message in the place of a delta, or beside one that is empty, and some
 * repeat there all that their deltas have said: then only its calls can be new.
 */
function sayingOf(
  { delta, message }: { delta?: HostMessage | null | undefined; message?: HostMessage | null | undefined },
  index: number,
  { calls, speaking }: NormaliseChunkParts,
): HostMessage {
  const said = delta ?? {};
  if (!message || saysSomething(said)) return said;
  if (!speaking.has(index)) return message;
  return calls.made(index).tools ? said : { ...said, tool_calls: message.tool_calls };
}

function normaliseMessage(said: HostMessage, parts: NormaliseParts): CompletionMessage {
  return {
    ...normaliseContent(said, parts),
    role: 'assistant',
    tool_calls: toToolCalls(said.tool_calls ?? [], parts.context.requestId),
  };
}

function normaliseContent({ content: given, ...said }: HostMessage, { warnings }: NormaliseParts) {
  const { content, thoughts, images, lost } = readContent(given);
  for (const type of lost) warnings.add(`a content part of the answer was left out: ${type}`);
  const known = Array.isArray(said['images']) ? (said['images'] as unknown[]) : [];
  const reasoning = isText(said.reasoning) ? said.reasoning : undefined;
  return {
    ...said,
    content,
    reasoning_content: [said.reasoning_content, reasoning, thoughts].find(isText) ?? said.reasoning_content,
    ...(images.length > 0 && { images: [...known, ...images] }),
  };
}

function isText(said: unknown): said is string {
  return typeof said === 'string' && said !== '';
}
