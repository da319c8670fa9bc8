import type { ChatRequest } from '@weir/contracts/chat/request';
import type { UsageRecord } from '@weir/contracts/usage-record';
import type { Fault } from '@weir/service-kit/fault';
import type { RequestMapping } from './request-mapping.ts';

/** The one list of them: types, tables and the schema of the providers file follow it. */
export const dialectNames = ['openai', 'anthropic', 'ollama'] as const;

export type DialectName = (typeof dialectNames)[number];

/**
 * A wire protocol, as pure functions between our one chat form (OpenAI's) and the provider's. It opens no
 * connection and knows no credential's value, so each direction is tested with recorded shapes alone.
 */
export interface Dialect {
  readonly name: DialectName;
  /** How a streamed answer is cut into events. */
  readonly framing: 'sse' | 'ndjson';
  /** The headers that carry the credential, and the protocol's version where it has one. */
  headers(apiKey: string | undefined): Record<string, string>;
  /** The provider's request. Throws a Fault where the request cannot be said in this protocol. */
  buildRequest(chat: ChatRequest, target: WireTarget): WireRequest;
  /** Reads a whole answer. Throws a Fault where it holds an error, is empty, or cannot be understood. */
  parseCompletion(answer: string, context: ResponseContext): ParsedCompletion;
  /** Reads a streamed answer, event by event. */
  createStreamParser(context: ResponseContext): StreamParser;
  /** Maps an error response (a status that is not 2xx) to a Fault. Of the provider's text it has what is cleaned. */
  parseError(status: number, body: string): Fault;
}

/** What a dialect must know of the host and the model that it speaks to. */
export interface WireTarget {
  /** The model's name at the provider. */
  readonly model: string;
  readonly output: {
    /** The cap to send where the caller has set none and one is needed, thoughts aside. */
    readonly defaultTokens: number;
    /** The most that such a cap is: what the prompt leaves of the model's window, and what the host has not refused. */
    readonly roomTokens?: number | undefined;
    /** The most that a caller may ask for, where that is known. */
    readonly maxTokens?: number | undefined;
    /** Whether a cap is needed whatever the protocol says, since a budget has to bound the attempt. */
    readonly isCapRequired: boolean;
  };
  /** The name this host knows the cap by; only OpenAI-compatible hosts differ. Undefined where it is the caller's to know. */
  readonly outputCapParam: OutputCapParam | undefined;
  /** Top-level parameters that this host rejects: left out, with a warning. `messages[].name` is one within messages. */
  readonly unsupportedParams: readonly string[];
  /** What this host has other words for; only OpenAI-compatible hosts have some. */
  readonly mapping?: RequestMapping | undefined;
}

export type OutputCapParam = 'max_tokens' | 'max_completion_tokens';

export interface WireRequest {
  /** Relative to the provider's base URL, without a leading slash: `chat/completions`. */
  readonly path: string;
  /** JSON. */
  readonly body: string;
  /** The cap on the output that the body has. */
  readonly outputCapTokens: number | undefined;
  /** The name of it, where hosts differ in that. */
  readonly outputCapParam?: OutputCapParam | undefined;
  /** What the protocol cannot say and was left out, for the caller to read: `seed is not supported`. */
  readonly warnings: string[];
}

/** What an answer needs from the request that it answers. */
export interface ResponseContext {
  /** The id that the answer bears where the provider gives none: made by the gateway. */
  readonly requestId: string;
  /** The model's name at the provider. */
  readonly model: string;
  /** Unix time in seconds. */
  readonly createdAtS: number;
  /** How many choices the request wants. */
  readonly choices: number;
  /** Whether the request asks for a call by name: an answer to it ends with `stop`, and not with `tool_calls`. */
  readonly forcesNamedCall: boolean;
  /** Whether another target goes on with the answer where this one breaks: then an event that cannot be read breaks it. */
  readonly isContinuable: boolean;
  /** Whether the client wants the usage chunk. The provider is always asked for it. */
  readonly includeUsage: boolean;
  /** Whether a name that the answer bears repeats a key of its provider's, in any spelling. */
  readonly isSecret?: ((name: string) => boolean) | undefined;
  /** What the usage chunk says beside the usage, of the gateway's own. */
  readonly usageExtension?: ((usage: UsageRecord) => UsageExtension | undefined) | undefined;
}

/** What the usage chunk says beside the usage: texts, and lists of them. */
export type UsageExtension = Readonly<Record<string, string | readonly string[]>>;

export interface ParsedCompletion {
  /** A `chat.completion` as JSON. */
  readonly body: string;
  readonly usage: UsageRecord;
  /** What was mended or is lost of the answer, for the caller to read. */
  readonly warnings?: readonly string[];
  /** Whether the answer has ended by itself and says nothing: a good answer, and billed. */
  readonly isEmpty?: boolean;
}

/** One event of a streamed answer, as the framing cut it. */
export interface WireEvent {
  /** The event's name, where the framing has names. */
  readonly name?: string | undefined;
  readonly data: string;
}

/** How much content a stream has brought. */
export interface OutputCount {
  /** In UTF-8: no fewer than there were tokens. */
  readonly bytes: number;
  /** About how many tokens that is. */
  readonly tokens: number;
}

/** A streamed answer being read. Holds the state that one answer needs: indexes, counters, what was seen. */
export interface StreamParser {
  /**
   * Takes the next event; returns the chunks it stands for, each a `chat.completion.chunk` as JSON, often none.
   * Throws a Fault where the event reports an error or cannot be understood.
   */
  push(event: WireEvent): string[];
  /** Whether the provider has said that the answer is complete: nothing that follows is read. */
  readonly complete: boolean;
  /** Whether the answer is whole if the connection ends in order now, for hosts that never say that it is complete. */
  readonly mayEnd?: boolean;
  /** The chunks that are left to send when the connection has ended so. */
  end?(): string[];
  /** Whether content has been sent (text, reasoning, a refusal or a tool call): from then on there is no silent way back. */
  readonly hasContent: boolean;
  /** As of {@link ParsedCompletion}, so far. Those that come after the first content can stand in no header. */
  readonly warnings?: readonly string[];
  /** The content that has come, counted by ourselves. */
  readonly output: OutputCount;
  /** What was used, as far as the provider has told. */
  usage(): UsageRecord;
}
