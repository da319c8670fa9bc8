import { chunk, type Behaviour, type Difference } from './behaviour.ts';

interface Said {
  readonly request?: object;
  readonly finish_reason?: string;
  readonly usage?: Record<string, unknown>;
  /** Of the stream, where it is more than the whole message. */
  readonly deltas?: readonly Record<string, unknown>[];
  readonly difference?: Difference;
  readonly streamedDifference?: Difference;
}

export const counted = { prompt_tokens: 5, completion_tokens: 3, total_tokens: 8 };

/** The same answer, whole and streamed. */
export function says(name: string, message: Record<string, unknown>, said: Said = {}): Behaviour {
  const { finish_reason = 'stop', usage = counted, deltas = [toDelta(message)], ...rest } = said;
  return {
    name,
    ...rest,
    whole: { completion: { message: { role: 'assistant', ...message }, finish_reason, usage } },
    streamed: {
      sse: [
        chunk({ role: 'assistant', content: '' }),
        ...deltas.map((delta) => chunk(delta)),
        chunk({}, finish_reason),
        { $usage: usage },
        '[DONE]',
      ],
    },
  };
}

/** Calls have an index in a stream, which a whole answer does without. */
function toDelta({ tool_calls: calls, ...message }: Record<string, unknown>): Record<string, unknown> {
  return Array.isArray(calls)
    ? { ...message, tool_calls: calls.map((call: object, index) => ({ index, ...call })) }
    : message;
}
