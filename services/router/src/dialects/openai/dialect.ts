import { chatCompletionSchema, type Choice } from '@weir/contracts/chat/completion';
import { hasInexactNumber, parseExactJson } from '@weir/service-kit/exact-json';
import type { Dialect, ResponseContext, ParsedCompletion } from '../../domain/dialect.ts';
import { readErrorBody } from '../error-body.ts';
import { namesOf } from '../response-writer.ts';
import { assertNotTooMany, withoutSurplus } from './choice-limits.ts';
import { ChoicePlaces, surplusChoicesWarning } from './choice-places.ts';
import { withCalls } from './finish-reason.ts';
import { callsFunction, saysSomething } from './host-content.ts';
import { hasReasoningAlias, normaliseCompletion } from './normalise.ts';
import { tryParseAs } from '../parse-response.ts';
import { openaiFault, parseOpenaiJson } from './provider-error.ts';
import { toRequest } from './request.ts';
import { OpenaiStreamParser } from './stream-parser.ts';
import { toUsageRecord } from './usage.ts';
import { areUsable } from './whole-tool-calls.ts';

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
  const asked = withoutSurplus(body, context.choices);
  assertNotTooMany(asked);
  const parsed = tryParseAs(chatCompletionSchema, asked);
  const isCanonical =
    asked === body &&
    parsed !== undefined &&
    areCanonical(parsed.choices, context) &&
    context.isSecret?.(namesOf(parsed)) !== true;
  const canonical = isCanonical ? parsed : undefined;
  const warnings = new Set<string>(asked === body ? [] : [surplusChoicesWarning]);
  const toExact = () =>
    hasInexactNumber(answer) ? withoutSurplus(parseExactJson(answer), context.choices) : asked;
  const completion = canonical ?? normaliseCompletion(toExact(), { context, warnings });
  return {
    // What is passed on as the text that came needs no exact numbers.
    body: canonical ? answer : JSON.stringify(completion),
    usage: toUsageRecord({
      usage: completion.usage ?? undefined,
      model: completion.model,
      serviceTier: completion.service_tier ?? undefined,
    }),
    warnings: [...warnings],
    isEmpty: completion.choices.every(isEmptyChoice),
  };
}

function areCanonical(choices: readonly Choice[], context: ResponseContext): boolean {
  const places = new ChoicePlaces(context.choices);
  const seen = new Set(choices.map(({ index }) => index));
  const areInPlace = seen.size === choices.length && choices.every(({ index }) => places.of(index) === index);
  return areInPlace && choices.every((choice) => isCanonicalChoice(choice, context));
}

function isCanonicalChoice({ message, finish_reason: reason }: Choice, context: ResponseContext): boolean {
  const calls = message.tool_calls ?? [];
  const made = {
    tools: calls.length > 0,
    functions: callsFunction(message),
    areForced: context.forcesNamedCall,
  };
  return !hasReasoningAlias(message) && areUsable(calls) && withCalls(reason, made) === reason;
}

/** Whether it has ended by itself and says nothing: neither a limit nor a filter has kept it from that. */
function isEmptyChoice({ message, finish_reason: reason }: Choice): boolean {
  return reason !== 'length' && reason !== 'content_filter' && !saysSomething(message);
}
