import { testKey } from '@weir/testkit/gateway';
import { z } from 'zod';

export interface Question {
  readonly model: string;
  readonly stream?: boolean;
  /** The name of a stored routing config, or a config. */
  readonly config?: string | object;
  readonly timeoutMs?: number;
  readonly metadata?: Readonly<Record<string, string>>;
  /** The virtual key; the one that may do everything unless given. */
  readonly key?: string;
  /** The end user. */
  readonly user?: string;
  /** Further headers. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Ends a caller's patience. */
  readonly signal?: AbortSignal;
}

/** With the key that may do everything. */
export const jsonHeaders = { 'content-type': 'application/json', authorization: `Bearer ${testKey}` };

/** What a client sees of an answer, whole or not. */
export interface Seen {
  readonly status: number;
  readonly headers: Headers;
  /** All that was said, joined. */
  readonly text: string;
  /** The code of the error: the body's, or that of an event of the stream. */
  readonly code: string | undefined;
  /** Whether the answer says itself that it is whole: a completion, or a stream that ends with `[DONE]`. */
  readonly isWhole: boolean;
  /** Every byte of it, headers included. */
  readonly raw: string;
  readonly tookMs: number;
}

const saying = z.object({ content: z.string().nullish() }).optional();

/** A completion, a chunk of one, or an error. */
const pieceSchema = z.object({
  error: z.object({ code: z.string(), param: z.string().nullish() }).optional(),
  choices: z.array(z.object({ message: saying, delta: saying })).default([]),
});

/** Asks the gateway for a chat, as any HTTP client would. */
export async function ask(baseUrl: string, question: Question): Promise<Seen> {
  const { model, stream = false, user, signal } = question;
  const startedMs = performance.now();
  const response = await fetch(`${baseUrl}/chat/completions`, {
    method: 'POST',
    headers: headersOf(question),
    ...(signal && { signal }),
    body: JSON.stringify({
      model,
      stream,
      user,
      messages: [{ role: 'user', content: 'one two three four five six seven eight' }],
    }),
  });
  const body = await response.text();
  return { ...read(response, body), tookMs: performance.now() - startedMs };
}

function headersOf({ config, key, timeoutMs, metadata, headers }: Question): Record<string, string> {
  return {
    ...jsonHeaders,
    ...(key !== undefined && { authorization: `Bearer ${key}` }),
    ...(config !== undefined && {
      'x-weir-config': typeof config === 'string' ? config : JSON.stringify(config),
    }),
    ...(timeoutMs !== undefined && { 'x-weir-timeout-ms': String(timeoutMs) }),
    ...(metadata && { 'x-weir-metadata': JSON.stringify(metadata) }),
    ...headers,
  };
}

function read({ status, headers }: Response, body: string): Omit<Seen, 'tookMs'> {
  const isStream = headers.get('content-type')?.startsWith('text/event-stream') === true;
  const events = isStream ? body.split('\n\n').filter(Boolean) : [`data: ${body}`];
  const isDone = events.at(-1) === 'data: [DONE]';
  const pieces = events
    .filter((event) => event !== 'data: [DONE]')
    .map((event) => pieceSchema.parse(JSON.parse(event.replace('data: ', ''))));
  const choices = pieces.flatMap((piece) => piece.choices);
  return {
    status,
    headers,
    text: choices.map(({ message, delta }) => (message ?? delta)?.content ?? '').join(''),
    code: pieces.find(({ error }) => error)?.error?.code,
    isWhole: isStream ? isDone : choices.length > 0,
    raw: JSON.stringify([...headers]) + body,
  };
}
