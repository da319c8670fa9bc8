import { chatChunkSchema, type Delta } from '@weir/contracts/chat/chunk';
import type { Message } from '@weir/contracts/chat/message';
import type { ChatRequest } from '@weir/contracts/chat/request';
import { parseMeasuredJson } from '@weir/service-kit/bounded-json';
import { safeParse } from '@weir/service-kit/schema-fault';
import type { AssistantPrefill } from '../domain/provider.ts';

const instruction =
  'Go on exactly where you stopped, in the middle of a word if need be. Repeat nothing and comment on nothing.';

/** A longer text is not continued: all of it is compared with what comes. Some 64,000 tokens, in characters. */
const maxContinuedLength = 256 * 1024;

/** Characters of text for a token: a rough mean over languages. */
const charactersPerToken = 4;

/** What a client has been sent of a stream, for it to go on elsewhere. */
export interface StreamHead {
  readonly id: string;
  readonly created: number;
  readonly model: string;
}

/**
 * What a client has been sent of a stream, so that another model can continue it after a break and the client sees one
 * stream. Only for configs with `on_stream_failure: continue`: each chunk is parsed once more.
 */
export class StreamContinuation {
  #text = '';
  #head: StreamHead | undefined;
  #isOnlyText = true;

  /** The stream begins: the response to `chat`. */
  begin(chat: ChatRequest): void {
    if (!isPlain(chat)) this.#isOnlyText = false;
  }

  /** Takes note of a chunk that is about to be sent. */
  note(chunk: string): void {
    const parsed = safeParse(chatChunkSchema, parseMeasuredJson(chunk));
    if (!parsed.success) {
      this.#isOnlyText = false;
      return;
    }
    const { id, created, model, choices } = parsed.data;
    this.#head ??= { id, created, model };
    for (const { index, delta, finish_reason: finishReason } of choices) {
      this.#text += delta.content ?? '';
      if (finishReason || index > 0 || saysMoreThanText(delta)) this.#isOnlyText = false;
    }
    if (this.#text.length > maxContinuedLength) this.giveUp();
  }

  /** Whether another model could continue it: not in a tool call, in one of several choices, or after the end. */
  get isPossible(): boolean {
    return this.#isOnlyText;
  }

  /** From now on nobody could. */
  giveUp(): void {
    this.#isOnlyText = false;
  }

  get text(): string {
    return this.#text;
  }

  /** Of all chunks, whoever gives them. */
  get head(): StreamHead | undefined {
    return this.#head;
  }

  /**
   * The request for the rest of the response to `chat`: to a target that continues a message in this form, or that is told
   * in words. Undefined where that response is to be more than one text.
   */
  restOf(chat: ChatRequest, prefill: AssistantPrefill | undefined): ChatRequest | undefined {
    if (!isPlain(chat)) return undefined;
    if (this.#text.trim() === '') return chat;
    const sentTokens = Math.ceil(this.#text.length / charactersPerToken);
    const rest = (cap: number | null | undefined) => (cap && cap > 0 ? Math.max(1, cap - sentTokens) : cap);
    return {
      ...chat,
      max_tokens: rest(chat.max_tokens),
      max_completion_tokens: rest(chat.max_completion_tokens),
      messages: this.#messagesFor(chat.messages, prefill),
      ...(prefill === 'continue_final_message' && {
        continue_final_message: true,
        add_generation_prompt: false,
      }),
    };
  }

  #messagesFor(asked: readonly Message[], prefill: AssistantPrefill | undefined): Message[] {
    // The break may have cut an emoji in two, and half of one is refused.
    const text = this.#text.replace(/[\ud800-\udbff]$/, '');
    if (!prefill) {
      return [...asked, { role: 'assistant', content: text }, { role: 'user', content: instruction }];
    }
    // Anthropic refuses a message to be continued that ends in white space, and templates cut it off.
    const content = text.trimEnd();
    const said: Message = { role: 'assistant', content, ...(prefill === 'prefix' && { prefix: true }) };
    // The caller may have begun the answer itself, and there is only one message that is continued.
    const last = asked.at(-1);
    if (last?.role !== 'assistant' || typeof last.content !== 'string' || last.tool_calls?.length) {
      return [...asked, said];
    }
    return [...asked.slice(0, -1), { ...last, ...said, content: last.content + content }];
  }
}

/** Whether the response is one text, and not JSON, which would have to be valid across the break. */
function isPlain(chat: ChatRequest): boolean {
  return (chat.response_format?.type ?? 'text') === 'text' && (chat.n ?? 1) === 1 && !chat.logprobs;
}

/** A model's thoughts, by the names that hosts have for them. They are not continued, and end where they were broken off. */
const thoughtFields = ['reasoning_content', 'reasoning', 'reasoning_details', 'thinking_blocks'];

const textFields: ReadonlySet<string> = new Set(['role', 'content', ...thoughtFields]);

/** Whether there are tool calls, a refusal, images, or anything else that is no text and no thought. */
export function saysMoreThanText(delta: Delta): boolean {
  return Object.entries(delta).some(([name, value]) => !textFields.has(name) && says(value));
}

/** The delta without the model's thoughts. */
export function withoutThoughts(delta: Delta): Delta {
  return { ...delta, ...Object.fromEntries(thoughtFields.map((name) => [name, undefined])) };
}

/** Hosts send fields that they do not use as nulls and empty values. */
function says(value: unknown): boolean {
  if (value === null || value === undefined || value === '' || value === false) return false;
  return typeof value !== 'object' || Object.keys(value).length > 0;
}
