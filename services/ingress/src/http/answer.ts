import type { ServerResponse } from 'node:http';
import type { StreamCall } from '@weir/service-kit/bus/bus';
import { Fault } from '@weir/service-kit/fault';
import { traceIdOf } from '@weir/service-kit/trace-context';
import { errorBody } from '../domain/error-body.ts';
import { faultHeaders } from './fault-headers.ts';
import type { HeaderList } from './header-list.ts';

interface AnswerParts {
  response: ServerResponse;
  /** UUIDv7. */
  requestId: string;
  traceparent: string;
  /** How long the client of a finished answer may take none of it before it is let go. */
  flushTimeoutMs: number;
  /** Whether this connection is to end with this answer, since the process is stopping. */
  isLast: () => boolean;
  /** Called once, when the client has the whole answer or is gone. */
  onClose: (answer: Answer) => void;
}

/**
 * One request's answer, and all that is known of its fate. It is written straight to the socket: of what stands
 * between a handler and its socket, this is what a token costs.
 */
export class Answer {
  readonly requestId: string;
  readonly traceparent: string;
  readonly beganAtMs = performance.now();
  /** Known once the request is authenticated. */
  tenant: string | undefined;
  /** Whether it comes as events. */
  streams = false;
  /** What it bears beside its ids, whatever becomes of it. */
  headers: HeaderList = [];
  /** Monotonic time in milliseconds. */
  firstByteAtMs: number | undefined;
  /** What it failed by, before or after its first byte. */
  fault: Fault | undefined;
  readonly #response: ServerResponse;
  readonly #flushTimeoutMs: number;
  readonly #isLast: () => boolean;
  #status = 200;
  #call: StreamCall | undefined;
  #isPaused = false;
  #isClosed = false;

  constructor({ response, requestId, traceparent, flushTimeoutMs, isLast, onClose }: AnswerParts) {
    this.requestId = requestId;
    this.traceparent = traceparent;
    this.#response = response;
    this.#flushTimeoutMs = flushTimeoutMs;
    this.#isLast = isLast;
    response.once('close', () => {
      this.#isClosed = true;
      if (!response.writableEnded) this.#abandon();
      onClose(this);
    });
  }

  /** The status that the client has seen, or that of the fault that came after it. */
  get status(): number {
    return this.fault?.status ?? this.#status;
  }

  /** Whether the request's body is still on its way. */
  get isReceiving(): boolean {
    return !this.#response.req.complete;
  }

  get elapsedMs(): number {
    return performance.now() - this.beganAtMs;
  }

  /** Ties the work that makes this answer to the client: it slows when the client does, and ends when it leaves. */
  follow(call: StreamCall): void {
    this.#call = call;
    if (this.#isOver) call.cancel();
  }

  /** Sends a whole JSON answer. */
  json(status: number, body: string | Uint8Array, headers: HeaderList = []): void {
    this.send(status, 'application/json', body, headers);
  }

  /** Sends a whole answer. */
  send(status: number, contentType: string, body: string | Uint8Array, headers: HeaderList = []): void {
    if (this.#isOver) return;
    const length = String(Buffer.byteLength(body));
    this.begin(status, ['content-type', contentType, 'content-length', length, ...headers]);
    this.end(body);
  }

  /** Sends the head of an answer whose body comes in pieces. */
  begin(status: number, headers: HeaderList): void {
    if (this.#isOver) return;
    this.#status = status;
    this.firstByteAtMs = performance.now();
    const own = ['x-request-id', this.requestId, 'x-weir-trace-id', traceIdOf(this.traceparent)];
    if (this.#isLast()) own.push('connection', 'close');
    this.#response.writeHead(status, [...own, ...this.headers, ...headers]);
  }

  /** Sends a piece of the body. Where the client reads slower than that, the work behind it is paused. */
  write(piece: Uint8Array): void {
    if (this.#isOver || this.#response.write(piece) || this.#isPaused) return;
    this.#isPaused = true;
    this.#call?.pause();
    this.#response.once('drain', () => {
      this.#isPaused = false;
      this.#call?.resume();
    });
  }

  /** Sends the last piece. A client that then takes nothing more is let go: nothing else would end its connection. */
  end(lastPiece: string | Uint8Array): void {
    if (this.#isOver) return;
    const response = this.#response;
    response.end(lastPiece);
    if (response.writableFinished) return;
    response.setTimeout(this.#flushTimeoutMs, () => response.destroy());
    // The time-out is the socket's: it must not strike the next answer. Keep-alive's own is set after this.
    response.prependOnceListener('finish', () => response.socket?.setTimeout(0));
  }

  /**
   * Ends the answer by a fault: as its status, or, once the first byte is sent, as an event after which nothing
   * comes. Does nothing to an answer that has ended.
   */
  fail(fault: Fault, headers: HeaderList = []): void {
    if (this.#isOver) return;
    this.fault = fault;
    this.#call?.cancel();
    const body = errorBody(fault);
    if (this.#response.headersSent) this.end(`data: ${body}\n\n`);
    else this.json(fault.status, body, [...faultHeaders(fault), ...headers]);
  }

  /** What comes for an answer that has ended, or whose client is gone, is for nobody. */
  get #isOver(): boolean {
    return this.#isClosed || this.#response.writableEnded;
  }

  #abandon(): void {
    this.fault ??= new Fault('client_closed_request');
    this.#call?.cancel();
  }
}
