import { errors, type Dispatcher } from 'undici';
import { TimeoutTimer } from '@weir/service-kit/outbound/timeout-timer';

type Handler = Dispatcher.DispatchHandler;
type Controller = Dispatcher.DispatchController;
type Headers = Parameters<NonNullable<Handler['onResponseStart']>>[2];

/** Ends a request whose answer does not begin in time, reckoned from when it is sent over a connection. */
export class FirstByteTimeout implements Handler {
  readonly #handler: Handler;
  readonly #timeoutMs: number;
  #limit: TimeoutTimer | undefined;

  constructor(handler: Handler, timeoutMs: number) {
    this.#handler = handler;
    this.#timeoutMs = timeoutMs;
  }

  onRequestStart(controller: Controller, context: unknown): void {
    this.#limit?.clear();
    this.#limit = new TimeoutTimer(this.#timeoutMs, () => {
      controller.abort(new errors.HeadersTimeoutError());
    });
    this.#handler.onRequestStart?.(controller, context);
  }

  onResponseStart(controller: Controller, status: number, headers: Headers, statusText?: string): void {
    // What comes before an answer (`103 Early Hints`) is none.
    if (status >= 200) this.#limit?.clear();
    this.#handler.onResponseStart?.(controller, status, headers, statusText);
  }

  onResponseData(controller: Controller, chunk: Buffer): void {
    this.#handler.onResponseData?.(controller, chunk);
  }

  onResponseEnd(controller: Controller, trailers: Headers): void {
    this.#handler.onResponseEnd?.(controller, trailers);
  }

  onResponseError(controller: Controller, error: Error): void {
    this.#limit?.clear();
    this.#handler.onResponseError?.(controller, error);
  }
}
