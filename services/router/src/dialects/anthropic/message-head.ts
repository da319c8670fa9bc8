import type { AnswerContext } from '../../domain/dialect.ts';
import { answerHead, type AnswerHead } from '../answer-head.ts';
import type { WireMessage } from './wire.ts';

/** The head of the answer that a message stands for. */
export function messageHead(
  context: AnswerContext,
  { id, model }: Pick<WireMessage, 'id' | 'model'>,
): AnswerHead {
  return answerHead(context, { ...(id && { id }), ...(model && { model }) });
}
