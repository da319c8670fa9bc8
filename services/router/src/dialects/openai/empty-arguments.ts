import type { ChunkChoice } from '@weir/contracts/chat/chunk';
import { parseMeasuredJson } from '@weir/service-kit/bounded-json';
import type { StreamedToolCall } from './streamed-tool-call.ts';
import type { StreamedToolCalls } from './streamed-tool-calls.ts';

interface HeldChunk {
  readonly text: string;
  readonly call: StreamedToolCall;
}

/**
 * Some hosts begin a call with `{}` and send its arguments after that (Gemini's and Bedrock's compatible APIs). A chunk that
 * may be such a beginning waits for the next one, and goes as it came where it is none.
 */
export class EmptyArguments {
  readonly #calls: StreamedToolCalls;
  #held: HeldChunk | undefined;

  constructor(calls: StreamedToolCalls) {
    this.#calls = calls;
  }

  /** The chunks to send for one that has been read and is written as `text`. */
  pass(text: string, choices: readonly ChunkChoice[]): string[] {
    const call = this.#begun(choices);
    if (!call && !this.#held) return [text];
    const before = this.end();
    if (!call) return [...before, text];
    this.#held = { text, call };
    return before;
  }

  /** What is left to send. */
  end(): string[] {
    const held = this.#held;
    this.#held = undefined;
    if (!held) return [];
    return [held.call.hasNewArguments ? withoutArguments(held.text) : held.text];
  }

  #begun([choice, ...others]: readonly ChunkChoice[]): StreamedToolCall | undefined {
    const [piece, ...more] = choice?.delta.tool_calls ?? [];
    if (!choice || piece?.function?.arguments?.trim() !== '{}') return undefined;
    const isAlone = others.length === 0 && more.length === 0 && !choice.finish_reason;
    return isAlone && piece.id ? this.#calls.last(choice.index) : undefined;
  }
}

interface CallChunk {
  readonly choices: readonly {
    readonly delta: { readonly tool_calls: [{ function: { arguments: string } }] };
  }[];
}

function withoutArguments(text: string): string {
  const chunk = parseMeasuredJson(text) as CallChunk;
  for (const { delta } of chunk.choices) delta.tool_calls[0].function.arguments = '';
  return JSON.stringify(chunk);
}
