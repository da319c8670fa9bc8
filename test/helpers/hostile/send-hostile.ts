import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { text as readText } from 'node:stream/consumers';
import { z } from 'zod';
import { jsonHeaders } from '../ask.ts';
import type { HostileRequest } from './hostile-case.ts';

/** What a hostile caller sees. */
export interface HostileOutcome {
  /** 0 where the connection ended without an answer. */
  readonly status: number;
  /** Of the error, or of that with which a stream ended. */
  readonly code: string | undefined;
  /** Head and body. */
  readonly raw: string;
  readonly requestId: string | undefined;
}

/** After so long a silence on a connection that is kept open, all has been said. */
const silenceMs = 500;

/** Sends it to the gateway at `url`, and reads all that comes back. */
export function sendHostile(url: string, request: HostileRequest): Promise<HostileOutcome> {
  return request.bytes === undefined ? sendByHttp(url, request) : sendBytes(url, request.bytes);
}

async function sendByHttp(
  url: string,
  { method = 'POST', path = '/v1/chat/completions', headers, body = '' }: HostileRequest,
): Promise<HostileOutcome> {
  const asking = httpRequest(`${url}${path}`, {
    method,
    agent: false,
    headers: { ...jsonHeaders, 'content-length': Buffer.byteLength(body), ...headers },
  });
  // An answer may come before all of the body was taken.
  asking.on('error', () => undefined);
  asking.end(body);
  const answered = await Promise.race([once(asking, 'response'), once(asking, 'close').then(() => [])]);
  const [response] = answered as [IncomingMessage?];
  if (!response) return { status: 0, code: undefined, raw: '', requestId: undefined };
  const text = await readText(response).catch((error: unknown) => String(error));
  const requestId = response.headers['x-request-id'];
  return {
    status: response.statusCode ?? 0,
    code: codeOf(text),
    raw: `${response.rawHeaders.join('\n')}\n${text}`,
    requestId: typeof requestId === 'string' ? requestId : undefined,
  };
}

async function sendBytes(url: string, bytes: string): Promise<HostileOutcome> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  let raw = '';
  socket.setTimeout(silenceMs, () => socket.destroy());
  socket.on('error', () => undefined);
  socket.on('data', (data) => (raw += data.toString('latin1')));
  socket.write(bytes, 'latin1');
  await once(socket, 'close');
  const [head = '', ...body] = raw.split('\r\n\r\n');
  return {
    status: Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1] ?? 0),
    code: codeOf(body.join('\r\n\r\n')),
    raw,
    requestId: /^x-request-id: (.*)$/im.exec(head)?.[1],
  };
}

const errorSchema = z.object({ error: z.object({ code: z.string() }) });

/** Of a body, or of the last event of a stream that is an error. */
function codeOf(text: string): string | undefined {
  const found = /\{"(?:error|type":"error)".*/.exec(text.slice(-20_000))?.[0];
  if (found === undefined) return undefined;
  try {
    return errorSchema.safeParse(JSON.parse(found)).data?.error.code;
  } catch {
    return undefined;
  }
}
