import type { CompletionMessage } from '@weir/contracts/chat/completion';
import type { AnswerContext, Completion } from '../../domain/dialect.ts';
import { answerHead } from '../answer-head.ts';
import { writeCompletion } from '../completion-writer.ts';
import { assertAnswered, readRecord } from './read.ts';
import { toFinishReason, toToolCalls, toUsageRecord } from './wire.ts';

/** Reads a whole answer. Throws a Fault where it reports an error, is empty, or cannot be understood. */
export function toCompletion(answer: string, context: AnswerContext): Completion {
  const record = readRecord(answer);
  assertAnswered(record);
  const calls = toToolCalls(record, 0, context);
  const usage = toUsageRecord(record, context);
  const message: CompletionMessage = {
    role: 'assistant',
    content: record.message?.content ?? '',
    ...(record.message?.thinking && { reasoning_content: record.message.thinking }),
    ...(calls.length > 0 && { tool_calls: calls }),
  };
  const head = answerHead(context, { model: usage.modelServed });
  const finishReason = toFinishReason(record, calls.length > 0);
  return { body: writeCompletion({ head, message, finishReason, usage }), usage };
}
