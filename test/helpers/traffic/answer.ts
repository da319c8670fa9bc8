import { z } from 'zod';

/** Names of content codings, as HTTP has them. */
export const codingSchema = z.enum(['gzip', 'br', 'deflate', 'zstd']);

export type Coding = z.output<typeof codingSchema>;

/** Between the pieces of a body: what becomes of the connection, and what is waited for. */
const controlSchema = z.union([
  /** These bytes, as they are. */
  z.strictObject({ $raw: z.string() }),
  /** Goes on once the client has received this text. */
  z.strictObject({ $untilSeen: z.string() }),
  z.strictObject({ $pauseMs: z.int() }),
  /** These bytes again and again, until the other side leaves. */
  z.strictObject({ $forever: z.string(), everyMs: z.int().default(50) }),
  /** The connection is reset. */
  z.strictObject({ $cut: z.literal(true) }),
  /** Nothing more comes, and the connection stays. */
  z.strictObject({ $hang: z.literal(true) }),
]);

export type Control = z.output<typeof controlSchema>;

/** A chunk in OpenAI's form: one whose only choice has this delta, or one with the usage alone. */
const chunkSchema = z.union([
  z.strictObject({ $delta: z.unknown(), finish_reason: z.string().nullable().default(null) }),
  z.strictObject({ $usage: z.unknown() }),
]);

/** Of a list of events: its data, as JSON or as a text, or a control. An object that has a `type` is an event of that name. */
const eventSchema = z.union([controlSchema, chunkSchema, z.string(), z.record(z.string(), z.unknown())]);

/** One answer of the scripted upstream, and which request it is for: the first that fits answers. */
export const answerSchema = z.strictObject({
  /** How the path begins, after the case's own part of it. */
  path: z.string().optional(),
  /** A pattern on the request: `{ method, path, headers, body, text }`. */
  when: z.unknown().optional(),
  /** For the first so many of the requests that fit. */
  times: z.int().optional(),
  /** For requests on a connection that has brought an answer before. */
  isReused: z.boolean().optional(),
  status: z.int().default(200),
  headers: z.record(z.string(), z.string()).default({}),
  /** Statuses from 100 to 199 that nobody asked for, before the answer. */
  informational: z.array(z.int()).default([]),
  /** Of the body, with each piece flushed. */
  coding: codingSchema.optional(),
  /** The body: one of these, or none. A completion in OpenAI's form: its message, and what is other than usual. */
  completion: z
    .strictObject({
      message: z.unknown(),
      finish_reason: z.string().nullable().default('stop'),
      usage: z.unknown().default({ prompt_tokens: 5, completion_tokens: 3, total_tokens: 8 }),
    })
    .optional(),
  json: z.unknown().optional(),
  text: z.string().optional(),
  /** Server-sent events. */
  sse: z.array(eventSchema).optional(),
  /** Lines of JSON. */
  ndjson: z.array(eventSchema).optional(),
  /** Not a byte of an answer comes: the connection is closed, reset, or stays as it is. */
  unanswered: z.enum(['closed', 'reset', 'open']).optional(),
});

export type Answer = z.output<typeof answerSchema>;

/** The bytes of the body, piece by piece, and what happens between them. */
export function piecesOf({ completion, json, text, sse, ndjson }: Answer): (string | Control)[] {
  if (completion) return [JSON.stringify(toCompletion(completion))];
  if (sse) return sse.map((event) => pieceOf(event, toEvent));
  if (ndjson) return ndjson.map((line) => pieceOf(line, (data) => `${JSON.stringify(data)}\n`));
  if (json !== undefined) return [JSON.stringify(json)];
  return text === undefined ? [] : [text];
}

/** What a body of this form is usually labelled with. */
export function usualContentType({ sse, ndjson, text }: Answer): string {
  if (sse) return 'text/event-stream';
  if (ndjson) return 'application/x-ndjson';
  return text === undefined ? 'application/json' : 'text/plain';
}

function pieceOf(event: z.output<typeof eventSchema>, write: (data: unknown) => string): string | Control {
  const control = controlSchema.safeParse(event);
  return control.success ? control.data : write(event);
}

const upstreamIdentity = { id: 'chatcmpl-up1', created: 1_700_000_000, model: 'up-model' };

function toCompletion({ message, finish_reason, usage }: NonNullable<Answer['completion']>): unknown {
  const choices = [{ index: 0, message, finish_reason }];
  return { ...upstreamIdentity, object: 'chat.completion', choices, usage };
}

function toChunk(chunk: z.output<typeof chunkSchema>): unknown {
  const head = { ...upstreamIdentity, object: 'chat.completion.chunk' };
  if ('$usage' in chunk) return { ...head, choices: [], usage: chunk.$usage };
  return { ...head, choices: [{ index: 0, delta: chunk.$delta, finish_reason: chunk.finish_reason }] };
}

function toEvent(data: unknown): string {
  const chunk = chunkSchema.safeParse(data);
  if (chunk.success) return toEvent(toChunk(chunk.data));
  if (typeof data === 'string') return `data: ${data}\n\n`;
  const type = z.object({ type: z.string() }).safeParse(data).data?.type;
  return `${type === undefined ? '' : `event: ${type}\n`}data: ${JSON.stringify(data)}\n\n`;
}
