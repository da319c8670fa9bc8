import type { Socket } from 'node:net';
import { Client, type buildConnector, type Dispatcher } from 'undici';
import type { Connector } from '@weir/service-kit/outbound/connector';
import { systemCode } from '@weir/service-kit/own-shortage';
import { skipContinue } from './skip-continue.ts';

type Handler = Dispatcher.DispatchHandler;
type Controller = Dispatcher.DispatchController;
type Headers = Parameters<NonNullable<Handler['onResponseStart']>>[2];
type Options = Client.Options & { readonly connect: Connector };

/** What the requests over it, one after the other, share. */
interface Connection {
  socket?: Socket;
  expectHead?: () => void;
}

/** What undici and Node call a connection that the other side has closed. */
const closedCodes: ReadonlySet<string | undefined> = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE']);

/**
 * A connection that was closed while it lay idle says so within a round trip. What breaks later has been worked on: it may
 * have been billed, or may be what the host has died of, and is a failure like any other.
 */
const maxStaleMs = 1_000;

/**
 * One connection of a pool. A server may close it in the moment in which a request is sent over it: the request then goes
 * out once more, over a new connection, and nobody hears of it. That happens only where the connection has answered a
 * request before, not a byte of an answer has come, and it breaks at once. A POST is no exception, as in browsers: servers
 * close idle connections without reading on, and a completion that was generated for nobody changes nothing.
 */
export class PooledConnection extends Client {
  readonly #origin: URL;
  readonly #options: Options;
  readonly #connection: Connection;

  constructor(origin: URL, options: Options) {
    const connection: Connection = {};
    const connect = (where: buildConnector.Options, callback: buildConnector.Callback) => {
      options.connect(where, (...connected) => {
        const [, socket] = connected;
        if (socket) Object.assign(connection, { socket, ...skipContinue(socket) });
        callback(...connected);
      });
    };
    super(origin, { ...options, connect });
    this.#origin = origin;
    this.#options = options;
    this.#connection = connection;
  }

  override dispatch(options: Dispatcher.DispatchOptions, handler: Handler): boolean {
    const connection = this.#connection;
    const repeat = () => {
      // Another connection of the pool may be as stale as this one.
      const single = new PooledConnection(this.#origin, this.#options);
      single.dispatch({ ...options, reset: true }, handler);
      void single.close();
    };
    return super.dispatch(options, new SecondTry({ handler, connection, repeat }));
  }
}

interface SecondTryParts {
  readonly handler: Handler;
  readonly connection: Connection;
  readonly repeat: () => void;
}

/** Repeats a request whose connection turns out to have been closed. */
class SecondTry implements Handler {
  readonly #parts: SecondTryParts;
  #socket: Socket | undefined;
  #bytesBefore = 0;
  #sentAtMs = 0;

  constructor(parts: SecondTryParts) {
    this.#parts = parts;
  }

  onRequestStart(controller: Controller, context: unknown): void {
    const { connection } = this.#parts;
    connection.expectHead?.();
    this.#socket = connection.socket;
    this.#bytesBefore = this.#socket?.bytesRead ?? 0;
    this.#sentAtMs = performance.now();
    this.#parts.handler.onRequestStart?.(controller, context);
  }

  onResponseStart(controller: Controller, status: number, headers: Headers, statusText?: string): void {
    this.#parts.handler.onResponseStart?.(controller, status, headers, statusText);
  }

  onResponseData(controller: Controller, chunk: Buffer): void {
    this.#parts.handler.onResponseData?.(controller, chunk);
  }

  onResponseEnd(controller: Controller, trailers: Headers): void {
    this.#parts.handler.onResponseEnd?.(controller, trailers);
  }

  onResponseError(controller: Controller, error: Error): void {
    if (this.#isStale(controller, error)) this.#parts.repeat();
    else this.#parts.handler.onResponseError?.(controller, error);
  }

  #isStale(controller: Controller | null, error: Error): boolean {
    const hasAnsweredBefore = this.#bytesBefore > 0;
    if (!hasAnsweredBefore || controller?.aborted || !closedCodes.has(systemCode(error))) return false;
    const isUnanswered = this.#socket?.bytesRead === this.#bytesBefore;
    return isUnanswered && performance.now() - this.#sentAtMs <= maxStaleMs;
  }
}
