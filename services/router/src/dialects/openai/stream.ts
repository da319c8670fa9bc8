import { chatChunkSchema, type ChatChunk } from '@weir/contracts/chat/chunk';
import type { ChatUsage } from '@weir/contracts/chat/usage';
import type { UsageRecord } from '@weir/contracts/usage-record';
import type { AnswerContext, AnswerStream, WireEvent } from '../../domain/dialect.ts';
import { ChunkWriter } from '../chunk-writer.ts';
import { readErrorBody } from '../error-body.ts';
import { invalid } from '../read-success.ts';
import { hasReasoningAlias, normaliseChunk, saysSomething } from './normalise.ts';
import { readAnswer } from './read.ts';
import { openaiFault } from './refusal.ts';
import { toUsageRecord } from './usage.ts';

/** Reads a streamed answer. A chunk in OpenAI's form is passed on as the text that came. */
export class ChunkStream implements AnswerStream {
  complete = false;
  hasContent = false;
  readonly #context: AnswerContext;
  readonly #unfinished = new Set<number>();
  readonly #finished = new Set<number>();
  #usage: ChatUsage | undefined;
  #usageIsSent = false;
  #last: Pick<ChatChunk, 'id' | 'created' | 'model'> | undefined;
  #serviceTier: string | undefined;

  constructor(context: AnswerContext) {
    this.#context = context;
  }

  /** Some hosts never send `[DONE]`. */
  get mayEnd(): boolean {
    return this.#finished.size > 0 && this.#unfinished.size === 0;
  }

  push({ name, data }: WireEvent): string[] {
    if (data === '[DONE]') return this.#end();
    if (data === '') return [];
    if (name === 'error') throw openaiFault(undefined, readErrorBody(data));
    const body = readAnswer(data);
    const parsed = chatChunkSchema.safeParse(body);
    const isCanonical = parsed.success && !parsed.data.choices.some(({ delta }) => hasReasoningAlias(delta));
    const chunk = isCanonical ? parsed.data : normaliseChunk(body, this.#context);
    this.#take(chunk);
    if (chunk.choices.length === 0) return this.#sendUsage();
    if (isCanonical && !chunk.usage) return [data];
    const sent = JSON.stringify({ ...chunk, usage: undefined });
    return chunk.usage && this.mayEnd ? [sent, ...this.#sendUsage()] : [sent];
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
      if (finishReason) {
        this.#unfinished.delete(index);
        this.#finished.add(index);
      } else if (!this.#finished.has(index)) this.#unfinished.add(index);
    }
  }

  #end(): string[] {
    if (!this.hasContent && this.#finished.size === 0) throw invalid('Empty');
    this.complete = true;
    return this.#sendUsage();
  }

  /** Usage goes to the caller once, in a chunk of its own, and only if it asked for it. */
  #sendUsage(): string[] {
    if (!this.#context.includeUsage || this.#usage === undefined || !this.#last || this.#usageIsSent)
      return [];
    this.#usageIsSent = true;
    return [new ChunkWriter(this.#last).usage(this.#usage)];
  }
}
