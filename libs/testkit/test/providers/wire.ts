import type { ReadableStream } from 'node:stream/web';
import { RECORDS_BEFORE_CONTENT } from '../../src/providers/fault.ts';
import type { WireRoute } from '../../src/providers/fault.ts';
import type { FakeProvider } from '../../src/providers/fake-provider.ts';

interface WireRequest {
  path: string;
  headers: Record<string, string>;
  body: (stream: boolean) => object;
  /** What only the end of a whole stream contains. */
  endMark: string;
}

const user = [{ role: 'user', content: 'one two three' }];
const bearer = { authorization: 'Bearer sk-test' };

/** A small request to each route that answers with text. */
export const WIRE_REQUESTS: Record<WireRoute, WireRequest> = {
  openai_chat: {
    path: '/v1/chat/completions',
    headers: bearer,
    body: (stream) => ({ model: 'm', messages: user, stream }),
    endMark: '[DONE]',
  },
  openai_responses: {
    path: '/v1/responses',
    headers: bearer,
    body: (stream) => ({ model: 'm', input: 'one two three', stream }),
    endMark: 'response.completed',
  },
  anthropic_messages: {
    path: '/v1/messages',
    headers: { ...bearer, 'anthropic-version': '2026-10-21' },
    body: (stream) => ({ model: 'm', max_tokens: 100, messages: user, stream }),
    endMark: 'message_stop',
  },
  ollama_chat: {
    path: '/api/chat',
    headers: {},
    body: (stream) => ({ model: 'm', messages: user, stream }),
    endMark: '"done":true',
  },
  ollama_generate: {
    path: '/api/generate',
    headers: {},
    body: (stream) => ({ model: 'm', prompt: 'one two three', stream }),
    endMark: '"done":true',
  },
};

export const WIRE_ROUTES = Object.keys(RECORDS_BEFORE_CONTENT) as WireRoute[];

export function send(
  provider: FakeProvider,
  route: WireRoute,
  stream: boolean,
  signal: AbortSignal | null = null,
): Promise<Response> {
  const { path, headers, body } = WIRE_REQUESTS[route];
  const payload = JSON.stringify(body(stream));
  return fetch(`${provider.url}${path}`, { method: 'POST', headers, body: payload, signal });
}

/** A response's body, which the types of fetch leave open. */
export function bodyOf(response: Response): ReadableStream<Uint8Array> {
  if (response.body === null) throw new Error('The response has no body.');
  return response.body as ReadableStream<Uint8Array>;
}

export interface Received {
  text: string;
  /** Whether the connection broke before the response was whole. */
  broken: boolean;
}

/** Reads a body as far as it comes. */
export async function receive(response: Response): Promise<Received> {
  const decoder = new TextDecoder();
  let text = '';
  try {
    for await (const chunk of bodyOf(response)) text += decoder.decode(chunk, { stream: true });
  } catch {
    return { text, broken: true };
  }
  return { text, broken: false };
}

/** The records of a received stream: SSE events or NDJSON lines. */
export function splitRecords(route: WireRoute, text: string): string[] {
  const separator = route.startsWith('ollama') ? '\n' : '\n\n';
  return text.split(separator).filter((record) => record !== '');
}

/** The JSON of one record; throws if it is none. */
export function recordData(record: string): unknown {
  return JSON.parse(record.replace(/^event: .*\n/, '').replace(/^data: /, ''));
}
