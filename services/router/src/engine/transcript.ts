import { chatChunkSchema } from '@weir/contracts/chat/chunk';
import type { ChatRequest } from '@weir/contracts/chat/request';

const goOn =
  'Go on exactly where you stopped, in the middle of a word if need be. Repeat nothing and comment on nothing.';

/** Characters of text for a token, in a rough mean over languages. */
const charactersPerToken = 4;

/** What a client has been sent of a streamed answer, so that another model can go on from it and the client sees one stream. */
export class Transcript {
  #text = '';
  #head: { id: string; created: number; model: string } | undefined;
  #isOnlyText = true;

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

  /** Whether somebody could go on without a seam: not in a tool call, in one of several answers, or after the end. */
  get isOpen(): boolean {
    return this.#isOnlyText;
  }

  /** The request for the rest of the answer to `chat`; undefined where that one is to be more than one text. */
  restOf(chat: ChatRequest): ChatRequest | undefined {
    if (!isPlain(chat)) return undefined;
    if (this.#text === '') return chat;
    const said = Math.ceil(this.#text.length / charactersPerToken);
    const left = (cap: number | null | undefined) => (cap ? Math.max(1, cap - said) : cap);
    return {
      ...chat,
      max_tokens: left(chat.max_tokens),
      max_completion_tokens: left(chat.max_completion_tokens),
      messages: [
        ...chat.messages,
        { role: 'assistant', content: this.#text },
        { role: 'user', content: goOn },
      ],
    };
  }

  /** A chunk of the continuation, as a part of the stream that has begun. */
  joined(chunk: string): string {
    const parsed = chatChunkSchema.parse(JSON.parse(chunk));
    const choices = parsed.choices.map((choice) => ({
      ...choice,
      delta: { ...choice.delta, role: undefined },
    }));
    return JSON.stringify({ ...parsed, ...this.#head, choices });
  }
}

/** Whether its answer is one text: no JSON, which would have to be valid over the seam. */
export function isPlain(chat: ChatRequest): boolean {
  return (chat.response_format?.type ?? 'text') === 'text' && (chat.n ?? 1) === 1 && !chat.logprobs;
}
