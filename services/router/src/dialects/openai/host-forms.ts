import { arrayOf } from '@weir/contracts/collections';
import { maxAnswerItems } from '@weir/contracts/limits';
import { z } from 'zod';
import { saysSomething } from './host-content.ts';
import { argumentsText } from '../tool-arguments.ts';
import { toNumber, usageReport } from './usage-report.ts';

/**
 * What hosts of compatible APIs send where they stray from OpenAI's form: read for the sake of an answer that is
 * good. What is missing is filled in by the normalisers.
 */

const text = z.string().nullish().catch(undefined);

/** An id; some hosts have a number for it. */
const id = z
  .unknown()
  .transform((said) => {
    const isNumber = typeof said === 'number' || JSON.isRawJSON(said);
    return typeof said === 'string' ? said : isNumber ? JSON.stringify(said) : undefined;
  })
  .optional();

const created = z.unknown().transform(toNumber).optional();

const index = z
  .unknown()
  .transform((said) => {
    const read = toNumber(said);
    return read !== undefined && Number.isSafeInteger(read) && read >= 0 ? read : undefined;
  })
  .optional();

const toolCall = z.looseObject({
  index,
  id,
  type: text,
  function: z.looseObject({ name: text, arguments: z.unknown().optional() }).nullish().catch(undefined),
});

/** A list, or the only one of it. Some hosts send a call of empty texts with each piece of an answer: it is none. */
const toolCalls = z.preprocess(
  (said) => {
    const list: unknown[] = Array.isArray(said) ? said : [said];
    return list.filter((item) => typeof item === 'object' && item !== null);
  },
  arrayOf(toolCall)
    .max(maxAnswerItems)
    .transform((calls) => calls.map(withFunction).filter(saysCall)),
);

/** Some hosts have a call's name and arguments beside its id. */
function withFunction(call: z.output<typeof toolCall>): z.output<typeof toolCall> {
  const { name, arguments: json, type = 'function', ...rest } = call;
  if (call.function || typeof name !== 'string' || type !== 'function') return call;
  return { ...rest, type, function: { name, arguments: json } };
}

function saysCall({ id, type, function: called, ...rest }: z.output<typeof toolCall>): boolean {
  const isOther = isGiven(type) && type !== 'function';
  return (
    isGiven(id) || isOther || argumentsText(called?.arguments) !== '' || saysSomething({ ...called, ...rest })
  );
}

/** A message, or a piece of one. */
export const hostMessageSchema = z.looseObject({
  content: z.unknown().optional(),
  refusal: text,
  reasoning_content: text,
  /** OpenRouter's, Groq's and newer vLLM's word for it. */
  reasoning: z.unknown().optional(),
  tool_calls: toolCalls.optional(),
});

const message = hostMessageSchema.nullish().catch(undefined);

const finishReason = z.union([z.string(), z.number()]).nullish().catch(undefined);

const head = { id, created, model: text, service_tier: text };

export const hostCompletionSchema = z.looseObject({
  ...head,
  usage: usageReport,
  choices: arrayOf(z.looseObject({ index, message, delta: message, finish_reason: finishReason })).max(
    maxAnswerItems,
  ),
});

export const hostChunkSchema = z.looseObject({
  ...head,
  usage: usageReport,
  choices: arrayOf(z.looseObject({ index, delta: message, message, finish_reason: finishReason }))
    .max(maxAnswerItems)
    .nullish(),
});

export type HostMessage = z.output<typeof hostMessageSchema>;
export type HostToolCall = z.output<typeof toolCall>;
export type HostHead = Pick<z.output<typeof hostCompletionSchema>, keyof typeof head>;

/** Hosts say null or an empty text where they have nothing to say. */
export function isGiven(said: string | null | undefined): said is string {
  return said !== undefined && said !== null && said !== '';
}
