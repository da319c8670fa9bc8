import type { IncomingMessage, RequestListener, Server } from 'node:http';
import type { Socket } from 'node:net';
import { maxHeaders } from '@weir/contracts/limits';
import { Fault } from '@weir/service-kit/fault';
import { invalidHeader } from '../domain/request-headers.ts';

/** Of one connection. Hardly any client asks for more before it has the first answer. */
const maxUnanswered = 32;

/** Judges the head of every request, and ends a connection behind the first that is refused. */
export class HeadCheck {
  readonly #refused = new WeakSet<Socket>();
  readonly #unanswered = new WeakMap<Socket, number>();

  /**
   * Stands before all that handles a server's requests. What comes behind a request that was refused goes no further: one packet has room for
   * thousands of requests, and they all come in one turn of the event loop.
   */
  guard(server: Server): void {
    const handlers = server.listeners('request') as RequestListener[];
    server.removeAllListeners('request');
    server.on('request', (request, response) => {
      const { socket } = request;
      if (this.#refused.has(socket)) return;
      this.#add(socket, 1);
      // It counts until the turn is over: some are answered at once.
      response.once('close', () =>
        setImmediate(() => {
          this.#add(socket, -1);
        }),
      );
      for (const handle of handlers) handle(request, response);
    });
  }

  /** Why a request is refused; where it has two readings, so may what comes behind it on its connection. */
  refuse(request: IncomingMessage): Fault | undefined {
    const isSurplus = (this.#unanswered.get(request.socket) ?? 0) > maxUnanswered;
    const fault = isSurplus ? invalid(tooManyUnanswered) : headFault(request);
    if (fault) this.#refused.add(request.socket);
    // Of what else its client has sent no more is read.
    if (isSurplus) request.socket.pause();
    return fault;
  }

  #add(socket: Socket, change: 1 | -1): void {
    this.#unanswered.set(socket, (this.#unanswered.get(socket) ?? 0) + change);
  }
}

const tooManyUnanswered = `A connection may have ${maxUnanswered} requests that are not answered yet.`;

type RequestHead = Pick<IncomingMessage, 'headers' | 'httpVersion' | 'rawHeaders' | 'url'>;

/**
 * Why a request is refused by its head alone: whatever a proxy in front of the gateway could read in another way than the
 * gateway does, and what it asks of HTTP that is not done here. Undefined for every head that has one reading.
 */
export function headFault({ headers, httpVersion, rawHeaders, url = '' }: RequestHead): Fault | undefined {
  const isHttp11 = httpVersion === '1.1';
  if (!isHttp11 && httpVersion !== '1.0') return invalid('HTTP/1.1 and HTTP/1.0 are served, and no other.');
  if (!isServedTarget(url)) {
    return invalid('The request line must name a path, or an http address without credentials or fragment.');
  }
  // Names and values in turn.
  if (rawHeaders.length > 2 * maxHeaders) {
    return new Fault('headers_too_large', { message: `The request has more than ${maxHeaders} headers.` });
  }
  const { expect, host } = headers;
  const transferEncoding = headers['transfer-encoding'];
  if (transferEncoding !== undefined && !(isHttp11 && transferEncoding.toLowerCase() === 'chunked')) {
    return invalidHeader('transfer-encoding', 'must be "chunked", in HTTP/1.1, or not be sent');
  }
  if (host === undefined ? isHttp11 : !hostPattern.test(host)) {
    return invalidHeader('host', 'must be sent once, and name one host');
  }
  if (expect !== undefined && !isContinueExpected(expect)) return new Fault('expectation_failed');
  return undefined;
}

/** `Expect: 100-continue`, and nothing beside it. */
export function isContinueExpected(expect: string | undefined): boolean {
  return expect?.toLowerCase() === '100-continue';
}

/** A name, an IPv4 address, or an IPv6 address in brackets; and a port. */
const hostPattern = /^(?:[\w.~%-]+|\[[\da-f:.]+\])(?::\d{1,5})?$/i;

const absoluteTarget = /^https?:\/\/[^/?@]+(?:[/?]|$)/i;

/** In the forms of a path and of an address; `*` is a path that no route has. */
function isServedTarget(url: string): boolean {
  return !url.includes('#') && (url.startsWith('/') || url === '*' || absoluteTarget.test(url));
}

const invalid = (message: string) => new Fault('invalid_request', { message });
