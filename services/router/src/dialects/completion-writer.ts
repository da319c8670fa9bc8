import type { ChatCompletion, CompletionMessage, FinishReason } from '@weir/contracts/chat/completion';
import type { UsageRecord } from '@weir/contracts/usage-record';
import type { AnswerHead } from './answer-head.ts';
import { toChatUsage } from './usage.ts';

interface CompletionParts {
  readonly head: AnswerHead;
  readonly message: CompletionMessage;
  readonly finishReason: FinishReason;
  readonly usage: UsageRecord;
}

/** A `chat.completion` of one choice as JSON. Usage that nobody counted is null, not zero. */
export function writeCompletion({ head, message, finishReason, usage }: CompletionParts): string {
  const completion: ChatCompletion = {
    id: head.id,
    object: 'chat.completion',
    created: head.created,
    model: head.model,
    choices: [{ index: 0, message, finish_reason: finishReason, logprobs: null }],
    usage: usage.source === 'missing' ? null : toChatUsage(usage),
    ...(usage.serviceTier !== undefined && { service_tier: usage.serviceTier }),
  };
  return JSON.stringify(completion);
}
