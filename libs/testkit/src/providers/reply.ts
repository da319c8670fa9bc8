/** One record of a streamed answer: the data of an SSE event, or one line of NDJSON. */
export interface StreamRecord {
  /** The SSE event's name, where the protocol names its events. */
  event?: string;
  data: string;
  /** How many tokens it carries, by which the stream is paced. */
  tokens: number;
}

export interface JsonReply {
  kind: 'json';
  status: number;
  headers: Record<string, string>;
  body: object;
  /** How many tokens it carries, by which the answer is paced. */
  tokens: number;
}

export interface TextReply {
  kind: 'text';
  status: number;
  headers: Record<string, string>;
  contentType: string;
  text: string;
}

export interface StreamReply {
  kind: 'stream';
  headers: Record<string, string>;
  framing: 'sse' | 'ndjson';
  /** In order; the last one is the one that tells the client that the answer is whole. */
  records: StreamRecord[];
  /** What the provider sends in an open stream when something breaks. */
  errorRecord: StreamRecord;
}

/** What a provider sends back when all goes well, or when it says in its own words what is wrong. */
export type Reply = JsonReply | TextReply | StreamReply;

/** Ends the handling of a request with an answer in the provider's own error shape. */
export class ErrorReply extends Error {
  readonly reply: JsonReply | TextReply;

  constructor(reply: JsonReply | TextReply) {
    super(`The fake provider answers ${reply.status}.`);
    this.reply = reply;
  }
}

export function jsonReply(body: object, extra: Partial<Omit<JsonReply, 'kind' | 'body'>> = {}): JsonReply {
  return { kind: 'json', status: 200, headers: {}, body, tokens: 0, ...extra };
}
