import zlib from 'node:zlib';
import { jsonHeaders } from '../ask.ts';
import type { Coding } from './answer.ts';
import { toSeenAnswer, type SeenAnswer } from './seen-answer.ts';
import type { Exchange, TrafficRequest } from './traffic-case.ts';

interface Conversation {
  /** The answer to the request before. */
  readonly previous: SeenAnswer | undefined;
  /** Told of each piece of the answer as it comes. */
  readonly onText: (text: string) => void;
}

/** Asks the gateway as a case says. */
export async function askAsClient(
  url: string,
  { request, config }: Pick<Exchange, 'request' | 'config'>,
  { previous, onText }: Conversation,
): Promise<SeenAnswer> {
  const { method, path, headers, coding } = request;
  const body = bodyOf(request, previous);
  const response = await fetch(`${url}${path}`, {
    method,
    headers: {
      ...jsonHeaders,
      ...(config && { 'x-weir-config': JSON.stringify(config) }),
      ...(coding && { 'content-encoding': coding }),
      ...headers,
    },
    ...(body !== undefined && { body: coding ? compress(body, coding) : body }),
  });
  let text = '';
  const decoder = new TextDecoder();
  for await (const bytes of response.body ?? []) {
    const piece = decoder.decode(bytes as Uint8Array, { stream: true });
    text += piece;
    onText(piece);
  }
  return toSeenAnswer(response, text);
}

function bodyOf({ method, body }: TrafficRequest, previous: SeenAnswer | undefined): string | undefined {
  if (method === 'GET' || body === undefined) return undefined;
  if (typeof body === 'string') return body;
  return JSON.stringify(body, (_name, value: unknown) => (value === '$answer' ? previous?.message : value));
}

function compress(text: string, coding: Coding): Buffer<ArrayBuffer> {
  switch (coding) {
    case 'gzip':
      return zlib.gzipSync(text);
    case 'br':
      return zlib.brotliCompressSync(text);
    case 'deflate':
      return zlib.deflateSync(text);
    case 'zstd':
      return zlib.zstdCompressSync(text);
  }
}
