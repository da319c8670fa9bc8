import type { FinishReason } from '@weir/contracts/chat/completion';
import type { FunctionCall } from '@weir/contracts/chat/tool';
import { arrayOf } from '@weir/contracts/collections';
import { maxAnswerItems } from '@weir/contracts/limits';
import type { UsageRecord } from '@weir/contracts/usage-record';
import { z } from 'zod';
import type { ResponseContext } from '../../domain/dialect.ts';
import { CallIds } from '../call-ids.ts';
import { ArgumentsReader } from '../tool-arguments.ts';
import { invalid } from '../parse-response.ts';
import { counter, missingUsage, plausible } from '../usage.ts';

const toolCallSchema = z.looseObject({
  id: z
    .union([z.string(), z.number().transform(String)])
    .nullish()
    .catch(undefined),
  // Compatible hosts write the arguments as JSON text, as OpenAI does.
  function: z.looseObject({ name: z.string(), arguments: z.unknown().optional() }),
});

const fields = z.looseObject({
  model: z.string().nullish(),
  message: z
    .looseObject({
      content: z.string().nullish(),
      thinking: z.string().nullish(),
      tool_calls: arrayOf(toolCallSchema).max(maxAnswerItems).nullish(),
    })
    .nullish(),
  /** Compatible hosts may leave it out where there is more to come, and write it as text. */
  done: z.preprocess((said) => said === true || said === 'true', z.boolean()).optional(),
  done_reason: z.string().nullish(),
  prompt_eval_count: counter,
  eval_count: counter,
});

/** One record of `/api/chat`: the only one of an answer that does not stream, or one of many. */
export const recordSchema = fields.refine(({ message, done }) => Boolean(message) || done === true);

export type OllamaRecord = z.output<typeof recordSchema>;

/** Only the record that is `done` has counters, and a prompt that was cached may have none. */
export function toUsageRecord(record: OllamaRecord, context: ResponseContext): UsageRecord {
  const usage = missingUsage(record.model ?? context.model);
  const { prompt_eval_count: input, eval_count: output } = record;
  const isCounted = typeof input === 'number' || typeof output === 'number';
  if (!isCounted) return usage;
  return plausible({
    ...usage,
    uncachedInputTokens: input ?? 0,
    outputTokens: output ?? 0,
    source: 'provider',
  });
}

/** Whether there is anything in it but its end: a model may have nothing to say, as after the result of a tool. */
export function saysSomething({ message }: OllamaRecord): boolean {
  return [message?.content, message?.thinking, message?.tool_calls?.length].some(Boolean);
}

export function toFinishReason(record: OllamaRecord, hasCalls: boolean): FinishReason {
  if (record.done_reason === 'length') return 'length';
  return hasCalls ? 'tool_calls' : 'stop';
}

/** Reads the tool calls of one answer, whole or streamed, which may have only so many. */
export class ToolCallReader {
  readonly #ids: CallIds;
  readonly #arguments = new ArgumentsReader();
  #count = 0;

  constructor(requestId: string) {
    this.#ids = new CallIds(requestId);
  }

  /** How many there were. */
  get count(): number {
    return this.#count;
  }

  get warnings(): readonly string[] {
    return this.#ids.warnings;
  }

  /** The calls of a record. Ollama has no ids of its own in most versions. */
  read({ message }: OllamaRecord): FunctionCall[] {
    const calls = message?.tool_calls ?? [];
    this.#count += calls.length;
    if (this.#count > maxAnswerItems) throw invalid(`More than ${maxAnswerItems} tool calls`);
    return calls.map(({ id, function: { name, arguments: input } }) => ({
      id: this.#ids.next(id),
      type: 'function',
      function: { name, arguments: this.#arguments.toArguments(input) },
    }));
  }
}
