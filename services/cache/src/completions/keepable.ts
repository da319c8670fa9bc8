import type { ChatCompletion, Choice } from '@weir/contracts/chat/completion';
import { chatCompletionSchema } from '@weir/contracts/chat/completion';
import type { ChatUsage } from '@weir/contracts/chat/usage';
import type { UsageRecord } from '@weir/contracts/usage-record';
import { inputTokensOf, outputTokensOf, totalTokensOf } from '@weir/pricing/usage-tokens';

/** Why an answer is not kept: labels in metrics. */
export type Unkeepable =
  | 'no_answer'
  | 'malformed'
  | 'unfinished'
  | 'empty'
  | 'tool_calls'
  | 'refusal'
  | 'media'
  | 'unknown_field'
  | 'inexact_number'
  | 'usage';

/** An answer in the one form in which it is kept, whichever it came in. */
export type Keepable = { readonly completion: ChatCompletion } | { readonly reason: Unkeepable };

/** Fields of a message that make an answer another thing than text. */
const notText: Readonly<Record<string, Unkeepable>> = {
  refusal: 'refusal',
  tool_calls: 'tool_calls',
  function_call: 'tool_calls',
  audio: 'media',
  images: 'media',
};

/**
 * The last are thoughts for their provider to read again, in the conversation and the account that they are signed for. A text
 * that ends the turn needs none of them: they are not kept.
 */
const messageFields = new Set([
  'role',
  'content',
  'reasoning_content',
  'annotations',
  'reasoning_details',
  'thinking_blocks',
]);
/** Of one delivery, not of the answer: padding, and what Weir adds. */
const deliveryFields = new Set(['obfuscation', 'weir']);

/** Whether a field says anything: hosts send null, '' and [] for what is not there. */
export function isSaid(value: unknown): boolean {
  return (
    value !== null && value !== undefined && value !== '' && !(Array.isArray(value) && value.length === 0)
  );
}

/** Takes a whole answer that is text, said to its end, and nothing else. */
export function keepable(answer: unknown, usage: UsageRecord): Keepable {
  const parsed = chatCompletionSchema.safeParse(answer);
  if (!parsed.success) return { reason: 'malformed' };
  const { id, object, created, model, choices, usage: said, ...rest } = parsed.data;
  const reason = choices.map(choiceProblem).find((problem) => problem !== undefined);
  if (reason) return { reason };
  if (choices.some(({ index }, position) => index !== position)) return { reason: 'malformed' };
  const extra = Object.entries(rest).filter(([name, value]) => isSaid(value) && !deliveryFields.has(name));
  const head = { ...Object.fromEntries(extra), id, object, created, model };
  return { completion: { ...head, choices: choices.map(keptChoice), usage: said ?? chatUsageOf(usage) } };
}

function choiceProblem({ message, finish_reason: finish }: Choice): Unkeepable | undefined {
  const problem = messageProblem(message);
  if (problem) return problem;
  if (finish !== 'stop') return 'unfinished';
  return message.content?.trim() ? undefined : 'empty';
}

/** Of a message, or of a piece of one: what it says beside text. */
export function messageProblem(message: Readonly<Record<string, unknown>>): Unkeepable | undefined {
  const name = Object.keys(message).find((field) => isSaid(message[field]) && !messageFields.has(field));
  return name === undefined ? undefined : (notText[name] ?? 'unknown_field');
}

function keptChoice({ index, message, finish_reason, logprobs, ...rest }: Choice): Choice {
  const { content, reasoning_content: reasoning, annotations } = message;
  return {
    ...Object.fromEntries(Object.entries(rest).filter(([, value]) => isSaid(value))),
    index,
    message: {
      role: 'assistant',
      content,
      refusal: null,
      ...(isSaid(reasoning) && { reasoning_content: reasoning }),
      ...(isSaid(annotations) && { annotations }),
    },
    logprobs: logprobs ?? null,
    finish_reason,
  };
}

/** Where the answer did not say it in OpenAI's form. */
function chatUsageOf(usage: UsageRecord): ChatUsage {
  return {
    prompt_tokens: inputTokensOf(usage),
    completion_tokens: outputTokensOf(usage),
    total_tokens: totalTokensOf(usage),
    prompt_tokens_details: { cached_tokens: usage.cacheReadTokens },
    completion_tokens_details: { reasoning_tokens: usage.reasoningTokens },
  };
}
