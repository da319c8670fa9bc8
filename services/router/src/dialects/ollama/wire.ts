import type { FinishReason } from '@weir/contracts/chat/completion';
import type { FunctionCall } from '@weir/contracts/chat/tool';
import type { UsageRecord } from '@weir/contracts/usage-record';
import { z } from 'zod';
import type { ResponseContext } from '../../domain/dialect.ts';
import type { CallIds } from '../call-ids.ts';
import { missingUsage, plausible } from '../usage.ts';

/** A counter that is none is not told: a good answer does not fail for it. */
const count = z.int().nonnegative().nullish().catch(undefined);

const toolCallSchema = z.looseObject({
  id: z.string().nullish(),
  // Compatible hosts write the arguments as JSON text, as OpenAI does.
  function: z.looseObject({
    name: z.string(),
    arguments: z.union([z.string(), z.record(z.string(), z.unknown())]).nullish(),
  }),
});

/** One record of `/api/chat`: the only one of an answer that does not stream, or one of many. */
export const recordSchema = z.looseObject({
  model: z.string().nullish(),
  message: z
    .looseObject({
      content: z.string().nullish(),
      thinking: z.string().nullish(),
      tool_calls: z.array(toolCallSchema).nullish(),
    })
    .nullish(),
  done: z.boolean(),
  done_reason: z.string().nullish(),
  prompt_eval_count: count,
  eval_count: count,
});

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

/** The calls of a record. Ollama has no ids of its own in most versions: `ids` gives them. */
export function toToolCalls(record: OllamaRecord, ids: CallIds): FunctionCall[] {
  return (record.message?.tool_calls ?? []).map(({ id, function: { name, arguments: input } }) => ({
    id: ids.next(id),
    type: 'function',
    function: { name, arguments: typeof input === 'string' ? input || '{}' : JSON.stringify(input ?? {}) },
  }));
}
