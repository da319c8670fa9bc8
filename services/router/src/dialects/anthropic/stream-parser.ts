import type { Delta } from '@weir/contracts/chat/chunk';
import type { UsageRecord } from '@weir/contracts/usage-record';
import type { ResponseContext, StreamParser, WireEvent } from '../../domain/dialect.ts';
import { Fault } from '@weir/service-kit/fault';
import { responseHead, ChunkWriter } from '../response-writer.ts';
import { readErrorBody } from '../error-body.ts';
import { StreamedOutput } from '../streamed-output.ts';
import { UnreadableEvents } from '../unreadable-events.ts';
import { parseAs, parseJson } from '../parse-response.ts';
import { toChatUsage } from '../usage.ts';
import { assertEnded, toFinishReason } from './stop-reason.ts';
import {
  messageHead,
  eventSchema,
  type MessageEvent,
  type WireBlock,
  type WireDelta,
  type WireUsage,
} from './wire.ts';
import { anthropicFault } from './provider-error.ts';
import { StreamedCalls } from './streamed-calls.ts';
import { StreamedThoughts } from './streamed-thoughts.ts';
import { overwriteUsage, toUsageRecord } from './usage.ts';

const toFault = anthropicFault.bind(undefined, undefined);

type Event<Type extends MessageEvent['type']> = Extract<MessageEvent, { type: Type }>;

/** Reads one streamed message. Blocks and events that are unknown, or Anthropic's own concern, stand for no chunk. */
export class AnthropicStreamParser implements StreamParser {
  complete = false;
  hasContent = false;
  readonly output = new StreamedOutput();
  readonly #context: ResponseContext;
  readonly #calls: StreamedCalls;
  readonly #thoughts = new StreamedThoughts();
  #chunks: ChunkWriter;
  #modelServed: string;
  #usage: WireUsage = {};
  /** By the index of their blocks, as hosts count. */
  readonly #opened = new Set<number>();
  readonly #unreadable: UnreadableEvents;
  #hasLostCall = false;
  #hasBegun = false;
  #finished = false;

  constructor(context: ResponseContext) {
    this.#context = context;
    this.#unreadable = new UnreadableEvents(context);
    this.#calls = new StreamedCalls(context.requestId);
    this.#modelServed = context.model;
    this.#chunks = new ChunkWriter(responseHead(context));
  }

  get warnings(): readonly string[] {
    return [...this.#calls.warnings, ...this.#unreadable.warnings];
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
        return this.#openBlock(event.index, event.content_block);
      case 'content_block_delta':
        return this.#continueBlock(event.index, event.delta);
      case 'content_block_stop':
        return this.#content(this.#calls.closeBlock(event.index));
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
      if (!isObject(body)) return parseAs(eventSchema, body);
      const { type = name } = body;
      return type === undefined ? undefined : parseAs(eventSchema, { ...body, type });
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

  #openBlock(blockIndex: number, block: WireBlock): string[] {
    this.#opened.add(blockIndex);
    this.#calls.openBlock(blockIndex);
    switch (block.type) {
      case 'text':
        return this.#text(block.text ?? '');
      case 'thinking':
        this.#thoughts.open(blockIndex, block);
        return this.#thought(blockIndex, block.thinking ?? '');
      case 'redacted_thinking':
        this.#thoughts.open(blockIndex, block);
        return [];
      case 'tool_use':
        return [...this.#wholeThoughts(), ...this.#content(this.#calls.begin(blockIndex, block))];
      case 'other':
        return [];
    }
  }

  #continueBlock(blockIndex: number, delta: WireDelta): string[] {
    switch (delta.type) {
      case 'text_delta':
        return this.#text(delta.text ?? '');
      case 'thinking_delta':
        return this.#thought(blockIndex, delta.thinking ?? '');
      case 'signature_delta':
        this.#thoughts.addSignature(blockIndex, delta.signature ?? '');
        return [];
      case 'input_json_delta':
        this.#hasLostCall ||= !this.#opened.has(blockIndex);
        return this.#content(this.#calls.addArguments(blockIndex, delta.partial_json ?? ''));
      case 'other':
        return [];
    }
  }

  #change({ delta, usage }: Event<'message_delta'>): string[] {
    this.#usage = overwriteUsage(this.#usage, usage);
    if (!delta?.stop_reason || this.#finished) return [];
    const refusal = delta.stop_details?.explanation;
    return [...(refusal ? this.#content([{ refusal }]) : []), ...this.#finish(delta.stop_reason)];
  }

  #end(): string[] {
    this.#unreadable.assertWhole(this.#finished && !this.#hasLostCall && this.#calls.areWhole);
    const finish = this.#finished ? [] : this.#finish(undefined);
    this.complete = true;
    const usage = this.usage();
    if (!this.#context.includeUsage || usage.source !== 'provider') return finish;
    return [...finish, this.#chunks.usage(toChatUsage(usage), this.#context.usageExtension?.(usage))];
  }

  #finish(stopReason: string | undefined): string[] {
    assertEnded(stopReason, this.hasContent ? 1 : this.#opened.size);
    this.#finished = true;
    const finish = this.#chunks.finish(toFinishReason(stopReason, this.#calls.count > 0));
    return [...this.#wholeThoughts(), ...this.#content(this.#calls.close()), finish];
  }

  #text(content: string): string[] {
    return content === '' ? [] : this.#content([{ content }]);
  }

  #thought(blockIndex: number, thought: string): string[] {
    this.#thoughts.addText(blockIndex, thought);
    return thought === '' ? [] : this.#content([{ reasoning_content: thought }]);
  }

  #wholeThoughts(): string[] {
    const details = this.#thoughts.takeDetails();
    return details.length === 0 ? [] : this.#content([{ reasoning_details: details }]);
  }

  #content(deltas: readonly Delta[]): string[] {
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

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
