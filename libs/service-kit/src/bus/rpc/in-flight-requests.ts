import type { Clock } from '../../clock.ts';
import { Fault } from '../../fault.ts';

/** A piece of work that somebody waits for until its deadline. */
export interface InFlightRequest {
  /** Unix time in milliseconds. */
  readonly deadlineAtMs: number;
  abort(fault: Fault): void;
}

const sweepIntervalMs = 20;

/** The work in hand, ended when its deadline passes or when its requester can no longer be reached. */
export class InFlightRequests {
  readonly #requests = new Set<InFlightRequest>();
  readonly #stop: () => void;

  constructor(clock: Clock) {
    this.#stop = clock.every(sweepIntervalMs, () => {
      const nowMs = clock.nowMs();
      for (const request of this.#requests)
        if (request.deadlineAtMs <= nowMs) this.#abort(request, new Fault('deadline_exceeded'));
    });
  }

  get size(): number {
    return this.#requests.size;
  }

  add(request: InFlightRequest): void {
    this.#requests.add(request);
  }

  remove(request: InFlightRequest): void {
    this.#requests.delete(request);
  }

  abortAll(fault: Fault): void {
    for (const request of this.#requests) this.#abort(request, fault);
  }

  /** Once: a handler that does not look at its signal is not told again and again. */
  #abort(request: InFlightRequest, fault: Fault): void {
    this.#requests.delete(request);
    request.abort(fault);
  }

  stop(): void {
    this.#stop();
  }
}
