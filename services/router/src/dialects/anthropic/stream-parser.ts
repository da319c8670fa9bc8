import type { Delta } from '@weir/contracts/chat/chunk';
import type { UsageRecord } from '@weir/contracts/usage-record';
import type { ResponseContext, StreamParser, WireEvent } from '../../domain/dialect.ts';
import { isJsonObject } from '@weir/service-kit/exact-json';
import { Fault } from '@weir/service-kit/fault';
import { responseHead, ChunkWriter } from '../response-writer.ts';
import { readErrorBody } from '../error-body.ts';
import { StreamedOutput } from '../streamed-output.ts';
import { UnreadableEvents } from '../unreadable-events.ts';
import { parseAs, parseJson } from '../parse-response.ts';
import { toChatUsage } from '../usage.ts';
import { assertEnded, toFinishReason } from './stop-reason.ts';
import { messageHead, eventSchema, type MessageEvent, type WireUsage } from './wire.ts';
import { anthropicFault } from './provider-error.ts';
import { StreamedContent } from './streamed-content.ts';
import { overwriteUsage, toUsageRecord } from './usage.ts';

const toFault = anthropicFault.bind(undefined, undefined);

type Event<Type extends MessageEvent['type']> = Extract<MessageEvent, { type: Type }>;

/** Reads one streamed message. Blocks and events that are unknown, or Anthropic's own concern, stand for no chunk. */
export class AnthropicStreamParser implements StreamParser {
  complete = false;
  hasContent = false;
  readonly output = new StreamedOutput();
  readonly #context: ResponseContext;
  readonly #content: StreamedContent;
  #chunks: ChunkWriter;
  #modelServed: string;
  #usage: WireUsage = {};
  readonly #unreadable: UnreadableEvents;
  #hasBegun = false;
  #finished = false;

  constructor(context: ResponseContext) {
    this.#context = context;
    this.#unreadable = new UnreadableEvents(context);
    this.#content = new StreamedContent(context.requestId);
    this.#modelServed = context.model;
    this.#chunks = new ChunkWriter(responseHead(context));
  }

  get warnings(): readonly string[] {
    return [...this.#content.warnings, ...this.#unreadable.warnings];
  }

  /** With its reason to stop, a message is complete: as with Anthropic's SDK, `message_stop` adds nothing. */
  get mayEnd(): boolean {
    return this.#finished;
  }

  push({ name, data }: WireEvent): string[] {
    if (this.complete || name === 'ping' || data.trim() === '') return [];
    if (name === 'error') throw toFault(readErrorBody(data));
    // OpenAI's end, which some compatible hosts send too.
    if (data.trim() === '[DONE]') return this.#end();
    const event = this.#read(name, data);
    switch (event?.type) {
      case 'message_start':
        return this.#start(event);
      case 'content_block_start':
        return this.#say(this.#content.begin(event.index, event.content_block));
      case 'content_block_delta':
        return this.#say(this.#content.add(event.index, event.delta));
      case 'content_block_stop':
        return this.#say(this.#content.close(event.index));
      case 'message_delta':
        return this.#change(event);
      case 'message_stop':
        this.#usage = overwriteUsage(this.#usage, event.usage);
        return this.#end();
      case 'other':
      case undefined:
        return [];
    }
  }

  usage(): UsageRecord {
    return toUsageRecord(this.#usage, this.#modelServed, this.#finished);
  }

  end(): string[] {
    return this.complete ? [] : this.#end();
  }

  /** Undefined for what says nothing of the answer. Some hosts name an event's type in its name alone. */
  #read(name: string | undefined, data: string): MessageEvent | undefined {
    try {
      const body = parseJson(data, toFault);
      if (!isJsonObject(body) || body['type'] !== undefined) return parseAs(eventSchema, body);
      return name === undefined ? undefined : parseAs(eventSchema, { ...body, type: name });
    } catch (thrown) {
      this.#unreadable.passOver(Fault.from(thrown), data, this.hasContent);
      return undefined;
    }
  }

  #start({ message }: Event<'message_start'>): string[] {
    const head = messageHead(this.#context, message ?? {});
    this.#chunks = new ChunkWriter(head);
    this.#modelServed = head.model;
    this.#usage = overwriteUsage(this.#usage, message?.usage);
    return this.#begin();
  }

  #change({ delta, usage }: Event<'message_delta'>): string[] {
    this.#usage = overwriteUsage(this.#usage, usage);
    if (!delta?.stop_reason || this.#finished) return [];
    const refusal = delta.stop_details?.explanation;
    return [...(refusal ? this.#say([{ refusal }]) : []), ...this.#finish(delta.stop_reason)];
  }

  #end(): string[] {
    this.#unreadable.assertWhole(this.#finished && this.#content.areCallsWhole);
    const finish = this.#finished ? [] : this.#finish(undefined);
    this.complete = true;
    const usage = this.usage();
    if (!this.#context.includeUsage || usage.source !== 'provider') return finish;
    return [...finish, this.#chunks.usage(toChatUsage(usage), this.#context.usageExtension?.(usage))];
  }

  #finish(stopReason: string | undefined): string[] {
    assertEnded(stopReason, this.hasContent ? 1 : this.#content.blocks);
    this.#finished = true;
    const finish = this.#chunks.finish(toFinishReason(stopReason, this.#content.calls > 0));
    return [...this.#say(this.#content.end()), finish];
  }

  #say(deltas: readonly Delta[]): string[] {
    if (deltas.length === 0) return [];
    const begin = this.#hasBegun ? [] : this.#begin();
    this.hasContent = true;
    for (const delta of deltas) this.output.add(delta);
    return [...begin, ...deltas.map((delta) => this.#chunks.delta(delta))];
  }

  #begin(): string[] {
    this.#hasBegun = true;
    return [this.#chunks.delta({ role: 'assistant', content: '' })];
  }
}
