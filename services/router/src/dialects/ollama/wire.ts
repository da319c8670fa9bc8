import type { FinishReason } from '@weir/contracts/chat/completion';
import type { FunctionCall } from '@weir/contracts/chat/tool';
import type { UsageRecord } from '@weir/contracts/usage-record';
import { z } from 'zod';
import type { ResponseContext } from '../../domain/dialect.ts';
import { missingUsage, plausible } from '../usage.ts';

/** A counter that is none is not told: a good answer does not fail for it. */
const count = z.int().nonnegative().nullish().catch(undefined);

const toolCallSchema = z.looseObject({
  id: z.string().nullish(),
  function: z.looseObject({ name: z.string(), arguments: z.record(z.string(), z.unknown()).nullish() }),
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

export function toFinishReason(record: OllamaRecord, hasCalls: boolean): FinishReason {
  if (record.done_reason === 'length') return 'length';
  return hasCalls ? 'tool_calls' : 'stop';
}

/** The calls of a record. Ollama has no ids of its own in most versions; `first` is the index of the first call. */
export function toToolCalls(
  record: OllamaRecord,
  first: number,
  { requestId }: ResponseContext,
): FunctionCall[] {
  return (record.message?.tool_calls ?? []).map((call, position) => ({
    id: call.id ?? `call_${requestId}_${first + position}`,
    type: 'function',
    function: { name: call.function.name, arguments: JSON.stringify(call.function.arguments ?? {}) },
  }));
}
