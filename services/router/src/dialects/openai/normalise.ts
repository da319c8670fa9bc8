import type { Delta } from '@weir/contracts/chat/chunk';
import type {
  ChatCompletion,
  Choice,
  CompletionMessage,
  FinishReason,
} from '@weir/contracts/chat/completion';
import { Fault } from '@weir/service-kit/fault';
import type { ResponseContext } from '../../domain/dialect.ts';
import { type AnswerNames, responseHead } from '../response-writer.ts';
import { parseAs } from '../parse-response.ts';
import { toFinishReason, withCalls } from './finish-reason.ts';
import { callsFunction, readContent, saysSomething } from './host-content.ts';
import { hostCompletionSchema, type HostHead, type HostMessage, isGiven } from './host-forms.ts';
import { ChoicePlaces } from './choice-places.ts';
import { completeUsage } from './usage-report.ts';
import { toToolCalls } from './whole-tool-calls.ts';

export interface NormaliseParts {
  readonly context: ResponseContext;
  /** Takes what is lost of the answer. */
  readonly warnings: Set<string>;
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

/** Whether thoughts come under the name that OpenAI's form does not have. */
export function hasReasoningAlias(message: Delta | CompletionMessage): boolean {
  return isText(message['reasoning']) && !message.reasoning_content;
}

/** An answer without a reason to end has ended all the same, unless it says nothing either. */
function impliedFinish(message: CompletionMessage): FinishReason {
  if (!saysSomething(message)) throw new Fault('upstream_empty_answer');
  return message.tool_calls ? 'tool_calls' : 'stop';
}

/** What an answer, or a chunk, begins with. */
export function normaliseHead(said: HostHead & AnswerNames, context: ResponseContext) {
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

function normaliseMessage(said: HostMessage, parts: NormaliseParts): CompletionMessage {
  return {
    ...normaliseContent(said, parts),
    role: 'assistant',
    tool_calls: toToolCalls(said.tool_calls ?? [], parts.context.requestId),
  };
}

/** What a message, or a piece of one, says. */
export function normaliseContent({ content: given, ...said }: HostMessage, { warnings }: NormaliseParts) {
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
