import type { Delta } from '@weir/contracts/chat/chunk';
import type { UsageRecord } from '@weir/contracts/usage-record';
import { Fault } from '@weir/service-kit/fault';
import type { ResponseContext, StreamParser, WireEvent } from '../../domain/dialect.ts';
import { responseHead, ChunkWriter } from '../response-writer.ts';
import { StreamedOutput } from '../streamed-output.ts';
import { UnreadableEvents } from '../unreadable-events.ts';
import { missingUsage, toChatUsage } from '../usage.ts';
import { parseRecord } from './provider-error.ts';
import { toFinishReason, ToolCallReader, toUsageRecord, type OllamaRecord } from './wire.ts';

/** Reads a streamed answer, record by record. */
export class OllamaStreamParser implements StreamParser {
  complete = false;
  hasContent = false;
  readonly output = new StreamedOutput();
  readonly #context: ResponseContext;
  #chunks: ChunkWriter | undefined;
  readonly #toolCalls: ToolCallReader;
  readonly #unreadable: UnreadableEvents;
  #usage: UsageRecord;

  constructor(context: ResponseContext) {
    this.#context = context;
    this.#unreadable = new UnreadableEvents(context);
    this.#toolCalls = new ToolCallReader(context.requestId);
    this.#usage = missingUsage(context.model);
  }

  get warnings(): readonly string[] {
    return [...this.#toolCalls.warnings, ...this.#unreadable.warnings];
  }

  push({ data }: WireEvent): string[] {
    const record = data.trim() === '' ? undefined : this.#read(data);
    if (!record) return [];
    if (this.#chunks) return this.#say(record, this.#chunks);
    const head = responseHead(this.#context, { ...(record.model && { model: record.model }) });
    this.#chunks = new ChunkWriter(head);
    return [this.#chunks.delta({ role: 'assistant', content: '' }), ...this.#say(record, this.#chunks)];
  }

  usage(): UsageRecord {
    return this.#usage;
  }

  #read(data: string): OllamaRecord | undefined {
    try {
      return parseRecord(data);
    } catch (thrown) {
      this.#unreadable.passOver(Fault.from(thrown), data, this.hasContent);
      return undefined;
    }
  }

  #say(record: OllamaRecord, chunks: ChunkWriter): string[] {
    const { thinking, content } = record.message ?? {};
    const { count } = this.#toolCalls;
    const calls = this.#toolCalls.read(record);
    const deltas: Delta[] = [
      ...(thinking ? [{ reasoning_content: thinking }] : []),
      ...(content ? [{ content }] : []),
      ...calls.map((call, position) => ({ tool_calls: [{ index: count + position, ...call }] })),
    ];
    for (const delta of deltas) this.output.add(delta);
    this.hasContent ||= deltas.length > 0;
    const said = deltas.map((delta) => chunks.delta(delta));
    return record.done ? [...said, ...this.#end(record, chunks)] : said;
  }

  #end(record: OllamaRecord, chunks: ChunkWriter): string[] {
    this.#usage = toUsageRecord(record, this.#context);
    this.complete = true;
    const isTold = this.#context.includeUsage && this.#usage.source === 'provider';
    return [
      chunks.finish(toFinishReason(record, this.#toolCalls.count > 0)),
      ...(isTold
        ? [chunks.usage(toChatUsage(this.#usage), this.#context.usageExtension?.(this.#usage))]
        : []),
    ];
  }
}
