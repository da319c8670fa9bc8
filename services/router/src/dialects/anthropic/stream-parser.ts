import type { Delta } from '@weir/contracts/chat/chunk';
import type { UsageRecord } from '@weir/contracts/usage-record';
import type { ResponseContext, StreamParser, WireEvent } from '../../domain/dialect.ts';
import { responseHead, ChunkWriter } from '../response-writer.ts';
import { readErrorBody } from '../error-body.ts';
import { StreamedOutput } from '../streamed-output.ts';
import { parseAs, parseJson } from '../parse-response.ts';
import { toChatUsage } from '../usage.ts';
import { assertNotEmpty, toFinishReason } from './stop-reason.ts';
import {
  messageHead,
  eventSchema,
  type MessageEvent,
  type WireBlock,
  type WireDelta,
  type WireUsage,
} from './wire.ts';
import { anthropicFault } from './provider-error.ts';
import { overwriteUsage, toUsageRecord } from './usage.ts';

const toFault = anthropicFault.bind(undefined, undefined);

type Event<Type extends MessageEvent['type']> = Extract<MessageEvent, { type: Type }>;

/** A tool call that is being streamed. */
interface OpenCall {
  /** Counts tool calls only, as OpenAI's does; Anthropic's index counts every block. */
  readonly index: number;
  readonly input: unknown;
  hasArguments: boolean;
}

/** Reads one streamed message. Blocks and events that are unknown, or Anthropic's own concern, stand for no chunk. */
export class AnthropicStreamParser implements StreamParser {
  complete = false;
  hasContent = false;
  readonly output = new StreamedOutput();
  readonly #context: ResponseContext;
  readonly #calls = new Map<number, OpenCall>();
  #chunks: ChunkWriter;
  #modelServed: string;
  #usage: WireUsage = {};
  #blocks = 0;
  #finished = false;

  constructor(context: ResponseContext) {
    this.#context = context;
    this.#modelServed = context.model;
    this.#chunks = new ChunkWriter(responseHead(context));
  }

  push({ name, data }: WireEvent): string[] {
    if (this.complete || name === 'ping') return [];
    if (name === 'error') throw toFault(readErrorBody(data));
    const event = parseAs(eventSchema, parseJson(data, toFault));
    switch (event.type) {
      case 'message_start':
        return this.#start(event);
      case 'content_block_start':
        return this.#openBlock(event.index, event.content_block);
      case 'content_block_delta':
        return this.#continueBlock(event.index, event.delta);
      case 'content_block_stop':
        return this.#closeBlock(event.index);
      case 'message_delta':
        return this.#change(event);
      case 'message_stop':
        return this.#end();
      case 'other':
        return [];
    }
  }

  usage(): UsageRecord {
    return toUsageRecord(this.#usage, this.#modelServed, this.#finished);
  }

  #start({ message }: Event<'message_start'>): string[] {
    const head = messageHead(this.#context, message);
    this.#chunks = new ChunkWriter(head);
    this.#modelServed = head.model;
    this.#usage = overwriteUsage(this.#usage, message.usage);
    return [this.#chunks.delta({ role: 'assistant', content: '' })];
  }

  #openBlock(blockIndex: number, block: WireBlock): string[] {
    this.#blocks++;
    switch (block.type) {
      case 'text':
        return this.#text(block.text);
      case 'thinking':
        return this.#thought(block.thinking);
      case 'tool_use': {
        const index = this.#calls.size;
        this.#calls.set(blockIndex, { index, input: block.input, hasArguments: false });
        const call = { index, id: block.id, type: 'function', function: { name: block.name, arguments: '' } };
        return this.#content({ tool_calls: [call] });
      }
      case 'other':
        return [];
    }
  }

  #continueBlock(blockIndex: number, delta: WireDelta): string[] {
    switch (delta.type) {
      case 'text_delta':
        return this.#text(delta.text);
      case 'thinking_delta':
        return this.#thought(delta.thinking);
      case 'input_json_delta':
        return this.#arguments(this.#calls.get(blockIndex), delta.partial_json);
      case 'other':
        return [];
    }
  }

  /** A call without arguments has no delta that says so, and some hosts send all arguments when the block begins. */
  #closeBlock(blockIndex: number): string[] {
    const call = this.#calls.get(blockIndex);
    return call === undefined || call.hasArguments
      ? []
      : this.#arguments(call, JSON.stringify(call.input ?? {}));
  }

  #change({ delta, usage }: Event<'message_delta'>): string[] {
    this.#usage = overwriteUsage(this.#usage, usage);
    if (!delta.stop_reason || this.#finished) return [];
    const refusal = delta.stop_details?.explanation;
    return [...(refusal ? this.#content({ refusal }) : []), ...this.#finish(delta.stop_reason)];
  }

  #end(): string[] {
    const finish = this.#finished ? [] : this.#finish(undefined);
    this.complete = true;
    const usage = this.usage();
    if (!this.#context.includeUsage || usage.source !== 'provider') return finish;
    return [...finish, this.#chunks.usage(toChatUsage(usage), this.#context.usageExtension?.(usage))];
  }

  #finish(stopReason: string | undefined): string[] {
    this.#finished = true;
    assertNotEmpty(stopReason, this.#blocks);
    return [this.#chunks.finish(toFinishReason(stopReason))];
  }

  #text(content: string): string[] {
    return content === '' ? [] : this.#content({ content });
  }

  #thought(thought: string): string[] {
    return thought === '' ? [] : this.#content({ reasoning_content: thought });
  }

  /** Searches that the provider makes by itself have arguments too; they are no call of the caller's tools. */
  #arguments(call: OpenCall | undefined, json: string): string[] {
    if (call === undefined || json === '') return [];
    call.hasArguments = true;
    return this.#content({ tool_calls: [{ index: call.index, function: { arguments: json } }] });
  }

  #content(delta: Delta): string[] {
    this.hasContent = true;
    this.output.add(delta);
    return [this.#chunks.delta(delta)];
  }
}
