import type { ServerResponse } from 'node:http';
import type { UsageRecord } from '@weir/contracts/usage-record';
import type { StreamCall } from '@weir/service-kit/bus/bus';
import { Fault } from '@weir/service-kit/fault';
import { traceIdOf } from '@weir/service-kit/trace-context';
import { errorBody } from '../domain/error-body.ts';
import type { CompletionLabels, RequestOutcome } from './request-outcome.ts';
import { faultHeaders, type HeaderList, withWarnings } from './response-headers.ts';

interface ResponseWriterParts {
  response: ServerResponse;
  /** UUIDv7. */
  requestId: string;
  traceparent: string;
  /** How long the client of a finished answer may take none of it before it is let go. */
  flushTimeoutMs: number;
  /** Whether the connection is to be closed after this answer, since the process is stopping. */
  closesConnection: () => boolean;
  /** Called once, when the client has the whole answer or is gone. */
  onEnded: (outcome: RequestOutcome) => void;
}

/**
 * Writes one request's answer, and knows what becomes of it. It writes straight to the socket: of what stands between a
 * handler and its socket, this is what a token costs.
 */
export class ResponseWriter {
  readonly requestId: string;
  readonly traceparent: string;
  /** Known once the request is authenticated. */
  tenant: string | undefined;
  /** Whether the answer comes as events. */
  isStreamed = false;
  /** What the answer bears beside its ids, whatever becomes of it. */
  headers: HeaderList = [];
  /** What of the request's head has no effect, for the caller to read beside what others warn of. */
  warnings: readonly string[] = [];
  /** Of a completion, from the beginning; who answers it is known with its head. */
  completion: CompletionLabels | undefined;
  /** Known when a completion has come to its end. */
  usage: UsageRecord | undefined;
  readonly #beganAtMs = performance.now();
  readonly #response: ServerResponse;
  readonly #flushTimeoutMs: number;
  readonly #closesConnection: () => boolean;
  #status = 200;
  #bytes = 0;
  #firstByteAtMs: number | undefined;
  #fault: Fault | undefined;
  #call: StreamCall | undefined;
  #isPaused = false;
  #outcome: RequestOutcome | undefined;
  #whenEnded: PromiseWithResolvers<RequestOutcome> | undefined;

  constructor(parts: ResponseWriterParts) {
    const { response, requestId, traceparent, flushTimeoutMs, closesConnection, onEnded } = parts;
    this.requestId = requestId;
    this.traceparent = traceparent;
    this.#response = response;
    this.#flushTimeoutMs = flushTimeoutMs;
    this.#closesConnection = closesConnection;
    response.once('close', () => {
      this.#close(onEnded);
    });
  }

  /** How the request ended, once it has; never rejects. A promise is made only where somebody asks for it. */
  get ended(): Promise<RequestOutcome> {
    this.#whenEnded ??= Promise.withResolvers();
    if (this.#outcome) this.#whenEnded.resolve(this.#outcome);
    return this.#whenEnded.promise;
  }

  /** Whether the answer has ended or its client is gone: what still comes is for nobody. */
  get isOver(): boolean {
    return this.#outcome !== undefined || this.#response.writableEnded;
  }

  /** Whether the request's body is still on its way. */
  get isReceiving(): boolean {
    return !this.#response.req.complete;
  }

  get elapsedMs(): number {
    return performance.now() - this.#beganAtMs;
  }

  /** Ties the call that makes this answer to the client: it slows when the client does, and is cancelled when it leaves. */
  attach(call: StreamCall): void {
    this.#call = call;
    if (this.isOver) call.cancel();
    else if (this.#isPaused) call.pause();
  }

  /** Sends a whole JSON answer. */
  json(status: number, body: string | Uint8Array, headers: HeaderList = []): void {
    this.send(status, 'application/json', body, headers);
  }

  /** Sends a whole answer. */
  send(status: number, contentType: string, body: string | Uint8Array, headers: HeaderList = []): void {
    if (this.isOver) return;
    const length = String(Buffer.byteLength(body));
    this.begin(status, ['content-type', contentType, 'content-length', length, ...headers]);
    this.end(body);
  }

  /** Sends the head of an answer whose body comes in pieces. */
  begin(status: number, headers: HeaderList): void {
    if (this.isOver) return;
    this.#status = status;
    this.#firstByteAtMs = performance.now();
    const own = ['x-request-id', this.requestId, 'x-weir-trace-id', traceIdOf(this.traceparent)];
    if (this.#closesConnection()) own.push('connection', 'close');
    this.#response.writeHead(status, [...own, ...this.headers, ...withWarnings(headers, this.warnings)]);
  }

  /** Sends a piece of the body. Where the client reads slower than that, the call behind it is paused. */
  write(piece: Uint8Array): void {
    if (this.isOver) return;
    this.#bytes += piece.length;
    if (this.#response.write(piece) || this.#isPaused) return;
    this.#isPaused = true;
    this.#call?.pause();
    this.#response.once('drain', () => {
      this.#isPaused = false;
      this.#call?.resume();
    });
  }

  /** Sends the last piece. A client that then takes nothing more is let go: nothing else would end its connection. */
  end(lastPiece: string | Uint8Array): void {
    if (this.isOver) return;
    const response = this.#response;
    this.#bytes += Buffer.byteLength(lastPiece);
    response.end(lastPiece);
    if (response.writableFinished) return;
    response.setTimeout(this.#flushTimeoutMs, () => response.destroy());
    // The time-out is the socket's: it must not strike the next answer. Keep-alive's own is set after this.
    response.prependOnceListener('finish', () => response.socket?.setTimeout(0));
  }

  /**
   * Ends the answer by a fault: as its status, or, once the first byte is sent, as an event after which nothing
   * comes; what is no stream of events is broken off then. Does nothing to an answer that is over, and says so by `false`.
   */
  fail(fault: Fault, headers: HeaderList = []): boolean {
    if (this.isOver) return false;
    this.#fault = fault;
    this.#call?.cancel();
    const body = errorBody(fault);
    if (this.#response.headersSent) {
      if (this.isStreamed) this.end(`data: ${body}\n\n`);
      else this.#response.destroy();
    } else this.json(fault.status, body, [...faultHeaders(fault, Date.now()), ...headers]);
    return true;
  }

  #close(onEnded: (outcome: RequestOutcome) => void): void {
    const isCancelled = !this.#response.writableEnded;
    if (isCancelled) this.#fault ??= new Fault('client_closed_request');
    this.#outcome = {
      status: this.#fault?.status ?? this.#status,
      fault: this.#fault,
      isCancelled,
      isStreamed: this.isStreamed,
      tenant: this.tenant,
      completion: this.completion,
      usage: this.usage,
      bytes: this.#bytes,
      beganAtMs: this.#beganAtMs,
      firstByteAtMs: this.#firstByteAtMs,
      endedAtMs: performance.now(),
    };
    if (isCancelled) this.#call?.cancel();
    onEnded(this.#outcome);
    this.#whenEnded?.resolve(this.#outcome);
  }
}
