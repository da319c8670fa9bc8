import { chatChunkSchema } from '@weir/contracts/chat/chunk';
import type { ChatRequest } from '@weir/contracts/chat/request';

const instruction =
  'Go on exactly where you stopped, in the middle of a word if need be. Repeat nothing and comment on nothing.';

/** Characters of text for a token: a rough mean over languages. */
const charactersPerToken = 4;

/**
 * What a client has been sent of a stream, so that another model can continue it after a break and the client sees one
 * stream. Only for configs with `on_stream_failure: continue`: each chunk is parsed once more.
 */
export class StreamContinuation {
  #text = '';
  #head: { id: string; created: number; model: string } | undefined;
  #isOnlyText = true;

  /** The stream begins: the response to `chat`. */
  begin(chat: ChatRequest): void {
    if (!isPlain(chat)) this.#isOnlyText = false;
  }

  /** Takes note of a chunk that is about to be sent. */
  note(chunk: string): void {
    const parsed = chatChunkSchema.safeParse(JSON.parse(chunk));
    if (!parsed.success) {
      this.#isOnlyText = false;
      return;
    }
    const { id, created, model, choices } = parsed.data;
    this.#head ??= { id, created, model };
    for (const { index, delta, finish_reason: finishReason } of choices) {
      this.#text += delta.content ?? '';
      const isMore = index > 0 || Boolean(delta.refusal) || (delta.tool_calls?.length ?? 0) > 0;
      if (finishReason || isMore) this.#isOnlyText = false;
    }
  }

  /** Whether another model could continue it: not in a tool call, in one of several choices, or after the end. */
  get isPossible(): boolean {
    return this.#isOnlyText;
  }

  /** The request for the rest of the response to `chat`; undefined where that response is to be more than one text. */
  restOf(chat: ChatRequest): ChatRequest | undefined {
    if (!isPlain(chat)) return undefined;
    if (this.#text === '') return chat;
    const sentTokens = Math.ceil(this.#text.length / charactersPerToken);
    const rest = (cap: number | null | undefined) => (cap ? Math.max(1, cap - sentTokens) : cap);
    return {
      ...chat,
      max_tokens: rest(chat.max_tokens),
      max_completion_tokens: rest(chat.max_completion_tokens),
      messages: [
        ...chat.messages,
        { role: 'assistant', content: this.#text },
        { role: 'user', content: instruction },
      ],
    };
  }

  /** A chunk of the continuation, with the id, the time and the model of the stream that was begun. */
  joined(chunk: string): string {
    const parsed = chatChunkSchema.parse(JSON.parse(chunk));
    const choices = parsed.choices.map((choice) => ({
      ...choice,
      delta: { ...choice.delta, role: undefined },
    }));
    return JSON.stringify({ ...parsed, ...this.#head, choices });
  }
}

/** Whether the response is one text, and not JSON, which would have to be valid across the break. */
function isPlain(chat: ChatRequest): boolean {
  return (chat.response_format?.type ?? 'text') === 'text' && (chat.n ?? 1) === 1 && !chat.logprobs;
}
