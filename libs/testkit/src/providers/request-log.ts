import type { IncomingHttpHeaders } from 'node:http';

export type ProtocolName = 'openai' | 'anthropic' | 'ollama';

export interface RecordedRequest {
  protocol: ProtocolName;
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  /** The parsed JSON body; undefined when there was none or it was not JSON. */
  body: unknown;
  /** Milliseconds since the epoch, as are the others. */
  startedAt: number;
  /** When the client went away before it had the whole answer. */
  abortedAt?: number;
  /** Whether the whole answer, faulty or not, was handed to the network. */
  finished: boolean;
}

interface Waiter {
  predicate: (request: RecordedRequest) => boolean;
  resolve: (request: RecordedRequest) => void;
}

/** The latest requests a provider has got. */
export class RequestLog {
  readonly requests: RecordedRequest[] = [];
  readonly #maxRequests: number;
  #waiters: Waiter[] = [];

  constructor(maxRequests: number) {
    this.#maxRequests = maxRequests;
  }

  add(request: RecordedRequest): void {
    this.requests.push(request);
    if (this.requests.length > this.#maxRequests) this.requests.shift();
    this.changed(request);
  }

  /** Tells those who wait that something about `request` is new. */
  changed(request: RecordedRequest): void {
    if (this.#waiters.length === 0) return;
    const satisfied = this.#waiters.filter((waiter) => waiter.predicate(request));
    this.#waiters = this.#waiters.filter((waiter) => !satisfied.includes(waiter));
    for (const waiter of satisfied) waiter.resolve(request);
  }

  /** Resolves with the first request, past or to come, that satisfies `predicate`. */
  waitFor(predicate: (request: RecordedRequest) => boolean): Promise<RecordedRequest> {
    const known = this.requests.find(predicate);
    if (known !== undefined) return Promise.resolve(known);
    return new Promise((resolve) => {
      this.#waiters.push({ predicate, resolve });
    });
  }

  clear(): void {
    this.requests.length = 0;
  }
}
