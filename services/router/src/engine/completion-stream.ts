import type { Delta } from '@weir/contracts/chat/chunk';
import type { ChatCompletion, Choice } from '@weir/contracts/chat/completion';
import type { UsageRecord } from '@weir/contracts/usage-record';
import { parseExactJson } from '@weir/service-kit/exact-json';
import { ChunkWriter } from '../dialects/response-writer.ts';
import { StreamedOutput } from '../dialects/streamed-output.ts';
import { missingUsage } from '../dialects/usage.ts';
import type {
  Dialect,
  ParsedCompletion,
  ResponseContext,
  StreamParser,
  WireEvent,
} from '../domain/dialect.ts';

/** A whole answer to a request that streams: it has been paid for, and becomes the chunks that it would have come in. */
export class CompletionStream implements StreamParser {
  readonly output = new StreamedOutput();
  readonly #dialect: Dialect;
  readonly #context: ResponseContext;
  #parsed: ParsedCompletion | undefined;

  constructor(dialect: Dialect, context: ResponseContext) {
    this.#dialect = dialect;
    this.#context = context;
  }

  get complete(): boolean {
    return this.#parsed !== undefined;
  }

  get hasContent(): boolean {
    return this.#parsed !== undefined && this.#parsed.isEmpty !== true;
  }

  get warnings(): readonly string[] {
    return this.#parsed?.warnings ?? [];
  }

  push({ data }: WireEvent): string[] {
    const parsed = this.#dialect.parseCompletion(data, this.#context);
    // The dialect has written it. Fields that nobody here reads are as the host has them: they may be of any kind.
    const completion = parseExactJson(parsed.body) as ChatCompletion;
    this.#parsed = parsed;
    const chunks = toChunks(completion);
    for (const { choices } of chunks) for (const { delta } of choices) this.output.add(delta);
    return [...chunks.map((chunk) => JSON.stringify(chunk)), ...this.#usageChunk(completion, parsed.usage)];
  }

  usage(): UsageRecord {
    return this.#parsed?.usage ?? missingUsage(this.#context.model);
  }

  #usageChunk(completion: ChatCompletion, usage: UsageRecord): string[] {
    const { includeUsage, usageExtension } = this.#context;
    if (!includeUsage || !completion.usage) return [];
    return [new ChunkWriter(completion).usage(completion.usage, usageExtension?.(usage))];
  }
}

/** What the host has beside OpenAI's fields comes once: there may be megabytes of it, and any number of choices. */
function toChunks(completion: ChatCompletion) {
  const { id, created, model, system_fingerprint, service_tier } = completion;
  const object = 'chat.completion.chunk';
  const head = { id, object, created, model, system_fingerprint, service_tier };
  return completion.choices.flatMap(toDeltas).map((piece, position) => ({
    ...(position === 0 && { ...completion, usage: undefined }),
    ...head,
    choices: [piece],
  }));
}

function toDeltas({ index, message, finish_reason: finishReason, ...rest }: Choice) {
  const calls = message.tool_calls?.map((call, position) => ({ ...call, index: position }));
  const delta: Delta = { ...message, tool_calls: calls };
  return [
    { index, delta, ...rest, finish_reason: null },
    { index, delta: {}, finish_reason: finishReason },
  ];
}
