import { chatChunkSchema, type ChatChunk, type ChunkChoice } from '@weir/contracts/chat/chunk';
import type { ChatUsage } from '@weir/contracts/chat/usage';
import type { UsageRecord } from '@weir/contracts/usage-record';
import { Fault } from '@weir/service-kit/fault';
import type { ResponseContext, StreamParser, WireEvent } from '../../domain/dialect.ts';
import { ChunkWriter } from '../response-writer.ts';
import { readErrorBody } from '../error-body.ts';
import { StreamedOutput } from '../streamed-output.ts';
import { parseExactJson } from '@weir/service-kit/exact-json';
import { hasReasoningAlias, normaliseChunk, saysSomething } from './normalise.ts';
import { parseOpenaiJson, openaiFault } from './provider-error.ts';
import { StreamedToolCalls } from './streamed-tool-calls.ts';
import { toUsageRecord } from './usage.ts';

/** Reads a streamed answer. A chunk in OpenAI's form is passed on as the text that came. */
export class OpenaiStreamParser implements StreamParser {
  complete = false;
  hasContent = false;
  readonly output = new StreamedOutput();
  readonly #context: ResponseContext;
  readonly #unfinished = new Set<number>();
  readonly #finished = new Set<number>();
  readonly #calls: StreamedToolCalls;
  #usage: ChatUsage | undefined;
  #last: Pick<ChatChunk, 'id' | 'created' | 'model'> | undefined;
  #serviceTier: string | undefined;

  constructor(context: ResponseContext) {
    this.#context = context;
    this.#calls = new StreamedToolCalls(context.requestId);
  }

  /** Some hosts never send `[DONE]`. */
  get mayEnd(): boolean {
    return this.#finished.size >= this.#context.choices && this.#unfinished.size === 0;
  }

  push({ name, data }: WireEvent): string[] {
    const text = data.trim();
    if (text === '[DONE]') return this.end();
    if (text === '') return [];
    if (name === 'error') throw openaiFault(undefined, readErrorBody(text));
    const body = parseOpenaiJson(text);
    const parsed = chatChunkSchema.safeParse(body);
    const isCanonical = parsed.success && parsed.data.choices.every((choice) => this.#isCanonical(choice));
    const chunk = isCanonical
      ? parsed.data
      : normaliseChunk(parseExactJson(text), this.#context, this.#calls);
    this.#take(chunk);
    if (chunk.choices.length === 0) return [];
    // A text of several lines would be several events' worth of lines to the caller.
    if (isCanonical && !chunk.usage && !text.includes('\n')) return [text];
    return [JSON.stringify({ ...chunk, usage: undefined })];
  }

  /** Usage goes to the caller once, in a chunk of its own, and only if it asked for it: the last that was reported. */
  end(): string[] {
    if (!this.hasContent && this.#finished.size === 0) throw new Fault('upstream_empty_answer');
    this.complete = true;
    if (!this.#context.includeUsage || this.#usage === undefined || !this.#last) return [];
    const extension = this.#context.usageExtension?.(this.usage());
    return [new ChunkWriter(this.#last).usage(this.#usage, extension)];
  }

  usage(): UsageRecord {
    return toUsageRecord({
      usage: this.#usage,
      model: this.#last?.model ?? this.#context.model,
      serviceTier: this.#serviceTier,
    });
  }

  #take(chunk: ChatChunk): void {
    // Reports are cumulative where there are several: the last one holds.
    this.#usage = chunk.usage ?? this.#usage;
    this.#serviceTier = chunk.service_tier ?? this.#serviceTier;
    this.#last = chunk;
    for (const { index, delta, finish_reason: finishReason } of chunk.choices) {
      this.hasContent ||= saysSomething(delta);
      this.output.add(delta);
      for (const call of delta.tool_calls ?? []) this.#calls.note(index, call);
      if (finishReason) {
        this.#unfinished.delete(index);
        this.#finished.add(index);
      } else if (!this.#finished.has(index)) this.#unfinished.add(index);
    }
  }

  #isCanonical({ index, delta }: ChunkChoice): boolean {
    const calls = delta.tool_calls ?? [];
    return !hasReasoningAlias(delta) && calls.every((call) => this.#calls.isComplete(index, call));
  }
}
