import { chatCompletionSchema } from '@weir/contracts/chat/completion';
import type { AnswerContext, Completion } from '../../domain/dialect.ts';
import { parseExactJson } from '../exact-json.ts';
import { hasReasoningAlias, normaliseCompletion } from './normalise.ts';
import { readAnswer } from './read.ts';
import { toUsageRecord } from './usage.ts';

/** Reads a whole answer. One in OpenAI's form is passed on as the text that came. */
export function toCompletion(answer: string, context: AnswerContext): Completion {
  const body = readAnswer(answer);
  const parsed = chatCompletionSchema.safeParse(body);
  const isCanonical =
    parsed.success && !parsed.data.choices.some(({ message }) => hasReasoningAlias(message));
  const completion = isCanonical ? parsed.data : normaliseCompletion(parseExactJson(answer), context);
  return {
    body: isCanonical ? answer : JSON.stringify(completion),
    usage: toUsageRecord({
      usage: completion.usage ?? undefined,
      model: completion.model,
      serviceTier: completion.service_tier ?? undefined,
    }),
  };
}
