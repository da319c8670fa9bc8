import type { Dialect, ResponseContext, ParsedCompletion } from '../../domain/dialect.ts';
import { readErrorBody } from '../error-body.ts';
import { openaiFault, parseOpenaiJson } from './provider-error.ts';
import { toRequest } from './request.ts';
import { OpenaiStreamParser } from './stream-parser.ts';
import { chatCompletionSchema } from '@weir/contracts/chat/completion';
import { parseExactJson } from '@weir/service-kit/exact-json';
import { hasReasoningAlias, normaliseCompletion } from './normalise.ts';
import { toUsageRecord } from './usage.ts';

/** OpenAI's chat completions, and every host that is compatible with them. The base URL includes the version: `/v1`. */
export const openaiDialect: Dialect = {
  name: 'openai',
  framing: 'sse',
  headers: (apiKey): Record<string, string> =>
    apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` },
  buildRequest: toRequest,
  parseCompletion: toCompletion,
  createStreamParser: (context) => new OpenaiStreamParser(context),
  parseError: (status, body) => openaiFault(status, readErrorBody(body)),
};

/** Reads a whole answer. One in OpenAI's form is passed on as the text that came. */
export function toCompletion(answer: string, context: ResponseContext): ParsedCompletion {
  const body = parseOpenaiJson(answer);
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
