import type { AnswerSecrets } from '../domain/answer-secrets.ts';
import type { ResponseSink } from './response-commit.ts';
import type { AttemptResult, EmptyAnswer } from './attempt.ts';

/** All that an answer tells a caller before it is over. */
export function sinkWithout(secrets: AnswerSecrets, sink: ResponseSink): ResponseSink {
  return {
    get isCommitted() {
      return sink.isCommitted;
    },
    commit: (warnings) => {
      sink.commit(secrets.cleanWarnings(warnings));
    },
    write: (chunk) => sink.write(secrets.cleanJson(chunk)),
  };
}

/** How an attempt has ended, as callers, logs and events may have it. */
export function cleanResult(result: AttemptResult, secrets: AnswerSecrets): AttemptResult {
  const usage = secrets.cleanUsage(result.usage);
  const lateWarnings = result.lateWarnings && secrets.cleanWarnings(result.lateWarnings);
  if (!result.ok) {
    const { emptyAnswer } = result;
    return {
      ...result,
      usage,
      lateWarnings,
      emptyAnswer: emptyAnswer && cleanEmptyAnswer(emptyAnswer, secrets),
    };
  }
  const { body } = result;
  return { ...result, usage, lateWarnings, ...(body !== undefined && { body: secrets.cleanJson(body) }) };
}

function cleanEmptyAnswer({ warnings, chunks, body }: EmptyAnswer, secrets: AnswerSecrets): EmptyAnswer {
  return {
    warnings: secrets.cleanWarnings(warnings),
    chunks: chunks.map((chunk) => secrets.cleanJson(chunk)),
    ...(body !== undefined && { body: secrets.cleanJson(body) }),
  };
}
