import { chatChunkSchema } from '@weir/contracts/chat/chunk';
import type { ChatUsage } from '@weir/contracts/chat/usage';
import { assert } from 'vitest';

export interface Collected {
  content: string;
  refusal: string;
  reasoning: string;
  toolCalls: { id: string; name: string; arguments: string }[];
  finishReasons: string[];
  usage: ChatUsage | undefined;
}

/** Joins the chunks of a streamed answer, as a client does, and checks each of them against the contract. */
export function collectChunks(chunks: readonly string[]): Collected {
  const joined: Collected = {
    content: '',
    refusal: '',
    reasoning: '',
    toolCalls: [],
    finishReasons: [],
    usage: undefined,
  };
  for (const text of chunks) {
    const chunk = chatChunkSchema.parse(JSON.parse(text));
    joined.usage = chunk.usage ?? joined.usage;
    for (const { delta, finish_reason: finishReason } of chunk.choices) {
      joined.content += delta.content ?? '';
      joined.refusal += delta.refusal ?? '';
      joined.reasoning += delta.reasoning_content ?? '';
      if (finishReason) joined.finishReasons.push(finishReason);
      for (const piece of delta.tool_calls ?? []) {
        if (piece.id) {
          assert(piece.index === joined.toolCalls.length, 'indexes follow one another');
          joined.toolCalls.push({ id: piece.id, name: piece.function?.name ?? '', arguments: '' });
        }
        const call = joined.toolCalls[piece.index];
        assert(call !== undefined, 'a call begins with its id');
        call.arguments += piece.function?.arguments ?? '';
      }
    }
  }
  return joined;
}
