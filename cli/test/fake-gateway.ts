import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { adminApi } from '@weir/contracts/admin/admin-api';
import type { AdminEndpoint } from '@weir/contracts/admin/admin-endpoint';
import type { ReplyOf } from '@weir/contracts/descriptors';
import { type FaultCode, faultTable } from '@weir/contracts/faults';
import type { z } from 'zod';

export const adminKey = `weir-admin-abcdefgh-${'x'.repeat(43)}`;

/** A request as it came, by the contract that it is for. */
export interface Call {
  readonly name: string;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly headers: IncomingMessage['headers'];
}

/** What a handler throws for the gateway to say no, or to say nothing and close the connection. */
export class Refusal extends Error {
  readonly code: FaultCode | 'connection_lost';

  constructor(code: FaultCode | 'connection_lost', message?: string) {
    super(message);
    this.code = code;
  }
}

/** What a handler throws for the gateway to answer with CSV, and, where it is broken off, with the beginning of it alone. */
export class CsvAnswer extends Error {
  readonly text: string;
  readonly isBrokenOff: boolean;

  constructor(text: string, { isBrokenOff = false } = {}) {
    super('CSV');
    this.text = text;
    this.isBrokenOff = isBrokenOff;
  }
}

type Handler<E extends AdminEndpoint> = (input: z.output<E['input']>) => ReplyOf<E>;
type AnyHandler = (input: never) => unknown;

export interface FakeGateway {
  readonly url: string;
  /** The environment by which the command finds it. */
  readonly environment: Record<string, string>;
  readonly calls: Call[];
  /** What one contract answers from now on. */
  answer<E extends AdminEndpoint>(endpoint: E, handler: Handler<E>): void;
  close(): Promise<void>;
}

/** The admin API over HTTP by its real contracts: what comes and what goes is held to their schemas. */
export async function startFakeGateway(): Promise<FakeGateway> {
  const handlers = new Map<string, AnyHandler>();
  const calls: Call[] = [];
  const server = createServer(async (request, response) => {
    const send = (status: number, body: unknown) => {
      const headers = { 'content-type': 'application/json', 'x-request-id': 'the-request' };
      response.writeHead(status, headers).end(JSON.stringify(body));
    };
    try {
      send(200, await answerTo(request, handlers, calls));
    } catch (error) {
      if (error instanceof CsvAnswer) {
        response.writeHead(200, { 'content-type': 'text/csv; charset=utf-8' });
        response.write(error.text, () => {
          if (error.isBrokenOff) request.socket.destroy();
          else response.end();
        });
      } else if (!(error instanceof Refusal)) send(500, String(error));
      else if (error.code === 'connection_lost') request.socket.destroy();
      else {
        const { message, status } = faultTable[error.code];
        const type = 'invalid_request_error';
        send(status, { error: { message: error.message || message, type, code: error.code, param: null } });
      }
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    environment: { WEIR_URL: url, WEIR_ADMIN_KEY: adminKey },
    calls,
    answer: (endpoint, handler) => void handlers.set(endpoint.name, handler),
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

async function answerTo(request: IncomingMessage, handlers: Map<string, AnyHandler>, calls: Call[]) {
  const { headers, method, url = '' } = request;
  if (headers.authorization !== `Bearer ${adminKey}`) throw new Refusal('invalid_admin_key');
  const { pathname, searchParams } = new URL(url, 'http://gateway');
  for (const endpoint of adminApi) {
    const { http } = endpoint;
    const params = http.method === method ? paramsOf(http.path, pathname) : undefined;
    if (!params) continue;
    const body: unknown = http.body && (await json(request));
    const fields: Record<string, unknown> = {
      ...params,
      ...http.query?.parse(Object.fromEntries(searchParams)),
      ...(http.bodyField === undefined ? (body as object | undefined) : { [http.bodyField]: body }),
    };
    calls.push({ name: endpoint.name, fields, headers });
    const handler = handlers.get(endpoint.name);
    if (!handler) throw new Refusal('not_found');
    return endpoint.reply.parse(handler(endpoint.input.parse(fields) as never));
  }
  throw new Refusal('route_not_found');
}

/** Undefined where it is another path. A literal segment goes before a parameter, as in `/keys/import`. */
function paramsOf(pattern: string, path: string): Record<string, string> | undefined {
  const [wanted, given] = [pattern.split('/'), path.split('/')];
  if (wanted.length !== given.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, segment] of wanted.entries()) {
    const value = decodeURIComponent(given[index] ?? '');
    if (segment.startsWith(':')) params[segment.slice(1)] = value;
    else if (segment !== value) return undefined;
  }
  return params;
}
