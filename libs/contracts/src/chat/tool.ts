import { z } from 'zod';
import { looseObjectOf, recordOf } from '../collections.ts';
import { openEnum, openUnion } from './open-union.ts';

/** JSON Schema, passed on whole: only the provider judges it. */
export const jsonSchemaSchema = recordOf(z.string(), z.unknown());

export const functionToolSchema = looseObjectOf({
  type: z.literal('function'),
  function: looseObjectOf({
    name: z.string().min(1),
    description: z.string().nullish(),
    parameters: jsonSchemaSchema.nullish(),
    strict: z.boolean().nullish(),
  }),
});

/** OpenAI's free-form tools: their input is text, not JSON. */
export const customToolSchema = looseObjectOf({
  type: z.literal('custom'),
  custom: looseObjectOf({ name: z.string().min(1) }),
});

/** Hosts have more: Moonshot's `builtin_function`. */
export const toolSchema = openUnion([functionToolSchema, customToolSchema]);

export const toolChoiceSchema = z.union([
  openEnum(['none', 'auto', 'required']),
  openUnion([
    looseObjectOf({ type: z.literal('function'), function: looseObjectOf({ name: z.string() }) }),
    looseObjectOf({ type: z.literal('allowed_tools') }),
    looseObjectOf({ type: z.literal('custom') }),
  ]),
]);

/** Hosts leave ids out, and clients replay null then: it is an empty text. */
export const textOrNull = z.preprocess((value) => (value === null ? '' : value), z.string());

export const functionCallSchema = looseObjectOf({
  id: z.string(),
  type: z.literal('function'),
  /** `arguments` is JSON as text, as the model wrote it: it may be invalid. */
  function: looseObjectOf({ name: z.string(), arguments: z.string() }),
});

export const customCallSchema = looseObjectOf({
  id: z.string(),
  type: z.literal('custom'),
  custom: looseObjectOf({ name: z.string(), input: z.string() }),
});

export const toolCallSchema = openUnion([functionCallSchema, customCallSchema]);

/**
 * A call in the history. Hosts leave out its id, name or arguments, and in streams its type, and clients replay null then, or
 * nothing: those are empty texts, and what has a `function` is a call of one.
 */
export const replayedCallSchema = z.preprocess((call) => {
  if (!isObject(call)) return call;
  const type = !call['type'] && 'function' in call ? 'function' : call['type'];
  if (type !== 'function') return call;
  const { id, function: called } = call;
  return {
    ...call,
    type,
    id: id ?? '',
    function: isObject(called)
      ? { ...called, name: called['name'] ?? '', arguments: called['arguments'] ?? '' }
      : called,
  };
}, toolCallSchema);

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

export type FunctionTool = z.output<typeof functionToolSchema>;
export type Tool = z.output<typeof toolSchema>;
export type ToolChoice = z.output<typeof toolChoiceSchema>;
export type FunctionCall = z.output<typeof functionCallSchema>;
export type ToolCall = z.output<typeof toolCallSchema>;
