import { finishReasonSchema, type FinishReason } from '@weir/contracts/chat/completion';
import type { FaultCode } from '@weir/contracts/faults';
import { Fault } from '@weir/service-kit/fault';

/** What hosts of compatible APIs say beside OpenAI's own words. Any other word is taken for an ordinary end. */
const otherWords = new Map<string, FinishReason>(
  Object.entries({
    max_tokens: 'length',
    max_output_tokens: 'length',
    model_length: 'length',
    model_context_window_exceeded: 'length',
    pause_turn: 'length',
    // vLLM and SGLang, where a server ends an answer that is not at its end.
    abort: 'length',
    tool_use: 'tool_calls',
    tool_call: 'tool_calls',
    safety: 'content_filter',
    recitation: 'content_filter',
    spii: 'content_filter',
    language: 'content_filter',
    blocklist: 'content_filter',
    prohibited_content: 'content_filter',
    refusal: 'content_filter',
    // Zhipu.
    sensitive: 'content_filter',
    // Bedrock's own API, Cohere's.
    content_filtered: 'content_filter',
    guardrail_intervened: 'content_filter',
    error_toxic: 'content_filter',
    error_limit: 'length',
  }),
);

/** Failures that some hosts report in the place of a finish reason. */
const failures = new Map<string, FaultCode>(
  Object.entries({
    error: 'upstream_error',
    // Zhipu.
    network_error: 'upstream_error',
    // DeepSeek.
    insufficient_system_resource: 'upstream_overloaded',
  }),
);

/** A host's finish reason in OpenAI's words. Throws a Fault where it reports a failure. */
export function toFinishReason(said: string | number): FinishReason {
  const word = String(said).toLowerCase();
  const known = finishReasonSchema.safeParse(word);
  if (known.success) return known.data;
  const failure = failures.get(word);
  if (failure !== undefined) throw new Fault(failure, { cause: new Error(`finish_reason: ${word}`) });
  return otherWords.get(word) ?? 'stop';
}

/** What an answer calls, and whether its request left it no choice. */
export interface CallsMade {
  readonly tools: boolean;
  /** By OpenAI's older field. */
  readonly functions: boolean;
  /** OpenAI says `stop` after a call that the request asked for by name. */
  readonly areForced: boolean;
}

/** The reason of an answer that makes calls: agents go by it, and some hosts say `stop`. */
export function withCalls(reason: FinishReason, { tools, functions, areForced }: CallsMade): FinishReason {
  if (reason === 'function_call' && tools) return 'tool_calls';
  if (reason !== 'stop' || areForced) return reason;
  if (tools) return 'tool_calls';
  return functions ? 'function_call' : reason;
}
