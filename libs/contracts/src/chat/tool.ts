import { z } from 'zod';
import { openEnum, openUnion } from './open-union.ts';

/** JSON Schema, passed on whole: only the provider judges it. */
export const jsonSchemaSchema = z.record(z.string(), z.unknown());

export const functionToolSchema = z.looseObject({
  type: z.literal('function'),
  function: z.looseObject({
    name: z.string().min(1),
    description: z.string().nullish(),
    parameters: jsonSchemaSchema.nullish(),
    strict: z.boolean().nullish(),
  }),
});

/** OpenAI's free-form tools: their input is text, not JSON. */
export const customToolSchema = z.looseObject({
  type: z.literal('custom'),
  custom: z.looseObject({ name: z.string().min(1) }),
});

/** Hosts have more: Moonshot's `builtin_function`. */
export const toolSchema = openUnion([functionToolSchema, customToolSchema]);

export const toolChoiceSchema = z.union([
  openEnum(['none', 'auto', 'required']),
  openUnion([
    z.looseObject({ type: z.literal('function'), function: z.looseObject({ name: z.string() }) }),
    z.looseObject({ type: z.literal('allowed_tools') }),
    z.looseObject({ type: z.literal('custom') }),
  ]),
]);

/** Hosts leave ids out, and clients replay null then: it is an empty text. */
export const textOrNull = z.preprocess((value) => (value === null ? '' : value), z.string());

/** The id, name and arguments of a call in the history: hosts leave them out, and clients replay null then, or nothing. */
const textOrNothing = z.preprocess((value) => value ?? '', z.string());

export const functionCallSchema = z.looseObject({
  id: textOrNothing,
  type: z.literal('function'),
  /** `arguments` is JSON as text, as the model wrote it: it may be invalid. */
  function: z.looseObject({ name: textOrNothing, arguments: textOrNothing }),
});

export const customCallSchema = z.looseObject({
  id: z.string(),
  type: z.literal('custom'),
  custom: z.looseObject({ name: z.string(), input: z.string() }),
});

/** Hosts leave the type of a call out, too, in streams above all: what has a `function` is a call of one. */
export const toolCallSchema = z.preprocess(
  (call) => {
    const isUntyped = typeof call === 'object' && call !== null && !('type' in call && call.type);
    return isUntyped && 'function' in call ? { ...call, type: 'function' } : call;
  },
  openUnion([functionCallSchema, customCallSchema]),
);

export type FunctionTool = z.output<typeof functionToolSchema>;
export type Tool = z.output<typeof toolSchema>;
export type ToolChoice = z.output<typeof toolChoiceSchema>;
export type FunctionCall = z.output<typeof functionCallSchema>;
export type ToolCall = z.output<typeof toolCallSchema>;
