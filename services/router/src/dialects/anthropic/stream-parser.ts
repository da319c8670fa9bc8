import type { Delta } from '@weir/contracts/chat/chunk';
import type { UsageRecord } from '@weir/contracts/usage-record';
import type { ResponseContext, StreamParser, WireEvent } from '../../domain/dialect.ts';
import { Fault } from '@weir/service-kit/fault';
import { responseHead, ChunkWriter } from '../response-writer.ts';
import { readErrorBody } from '../error-body.ts';
import { StreamedOutput } from '../streamed-output.ts';
import { parseAs, parseJson } from '../parse-response.ts';
import { toChatUsage } from '../usage.ts';
import { CallIds } from '../call-ids.ts';
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
import { StreamedThoughts } from './streamed-thoughts.ts';
import { overwriteUsage, toUsageRecord } from './usage.ts';

const toFault = anthropicFault.bind(undefined, undefined);

const unreadableEventWarning = 'an event of the answer could not be read and was left out';

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
  readonly #ids: CallIds;
  readonly #thoughts = new StreamedThoughts();
  #chunks: ChunkWriter;
  #modelServed: string;
  #usage: WireUsage = {};
  #blocks = 0;
  #openCall: OpenCall | undefined;
  #hasPassedOver = false;
  #finished = false;

  constructor(context: ResponseContext) {
    this.#context = context;
    this.#ids = new CallIds(context.requestId);
    this.#modelServed = context.model;
    this.#chunks = new ChunkWriter(responseHead(context));
  }

  get warnings(): readonly string[] {
    return [...this.#ids.warnings, ...(this.#hasPassedOver ? [unreadableEventWarning] : [])];
  }

  /** With its reason to stop, a message is complete: as with Anthropic's SDK, `message_stop` adds nothing. */
  get mayEnd(): boolean {
    return this.#finished;
  }

  push({ name, data }: WireEvent): string[] {
    if (this.complete || name === 'ping') return [];
    if (name === 'error') throw toFault(readErrorBody(data));
    const event = this.#read(data);
    switch (event?.type) {
      case 'message_start':
        return this.#start(event);
      case 'content_block_start':
        return this.#openBlock(event.index, event.content_block);
      case 'content_block_delta':
        return this.#continueBlock(event.index, event.delta);
      case 'content_block_stop':
        return this.#calls.get(event.index) === this.#openCall ? this.#closeCall() : [];
      case 'message_delta':
        return this.#change(event);
      case 'message_stop':
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

  /**
   * One event that cannot be read is passed over, where it is no piece of a call's arguments: the rest tells how the answer
   * ends. Not where the answer can still come whole from elsewhere.
   */
  #read(data: string): MessageEvent | undefined {
    try {
      return parseAs(eventSchema, parseJson(data, toFault));
    } catch (thrown) {
      const isUnreadable = Fault.from(thrown).code === 'upstream_invalid_response';
      const isElsewhere = !this.hasContent || this.#context.isContinuable;
      if (!isUnreadable || isElsewhere || this.#hasPassedOver || this.#openCall) throw thrown;
      this.#hasPassedOver = true;
      return undefined;
    }
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
        this.#thoughts.open(blockIndex, block);
        return this.#thought(blockIndex, block.thinking ?? '');
      case 'redacted_thinking':
        this.#thoughts.open(blockIndex, block);
        return [];
      case 'tool_use':
        return [...this.#wholeThoughts(), ...this.#beginCall(blockIndex, block)];
      case 'other':
        return [];
    }
  }

  #continueBlock(blockIndex: number, delta: WireDelta): string[] {
    switch (delta.type) {
      case 'text_delta':
        return this.#text(delta.text);
      case 'thinking_delta':
        return this.#thought(blockIndex, delta.thinking);
      case 'signature_delta':
        this.#thoughts.addSignature(blockIndex, delta.signature);
        return [];
      case 'input_json_delta':
        return this.#arguments(this.#calls.get(blockIndex), delta.partial_json);
      case 'other':
        return [];
    }
  }

  #beginCall(blockIndex: number, { id, name, input }: Extract<WireBlock, { type: 'tool_use' }>): string[] {
    const before = this.#closeCall();
    const index = this.#calls.size;
    this.#openCall = { index, input, hasArguments: false };
    this.#calls.set(blockIndex, this.#openCall);
    const call = { index, id: this.#ids.next(id), type: 'function', function: { name, arguments: '' } };
    return [...before, ...this.#content({ tool_calls: [call] })];
  }

  /** A call without arguments has no delta that says so, and some hosts send all arguments when the block begins. */
  #closeCall(): string[] {
    const call = this.#openCall;
    this.#openCall = undefined;
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
    assertEnded(stopReason, this.#blocks);
    this.#finished = true;
    const finish = this.#chunks.finish(toFinishReason(stopReason, this.#calls.size > 0));
    return [...this.#wholeThoughts(), ...this.#closeCall(), finish];
  }

  #text(content: string): string[] {
    return content === '' ? [] : this.#content({ content });
  }

  #thought(blockIndex: number, thought: string): string[] {
    this.#thoughts.addText(blockIndex, thought);
    return thought === '' ? [] : this.#content({ reasoning_content: thought });
  }

  #wholeThoughts(): string[] {
    const details = this.#thoughts.takeDetails();
    return details.length === 0 ? [] : this.#content({ reasoning_details: details });
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
