import type { AnswerContext } from '../domain/dialect.ts';
import { shortWord } from './short-word.ts';

/** What a completion, and every chunk of a streamed one, begins with. */
export interface AnswerHead {
  readonly id: string;
  /** Unix time in seconds. */
  readonly created: number;
  readonly model: string;
}

/** The head of an answer whose provider names itself neither id nor model, or only one of them. */
export function answerHead(context: AnswerContext, given: { id?: string; model?: string } = {}): AnswerHead {
  return {
    id: shortWord(given.id ?? `chatcmpl-${context.requestId}`),
    created: context.createdAtS,
    model: shortWord(given.model ?? context.model),
  };
}
