/**
 * Ends a wait that takes too long, to within a few milliseconds; undici's own limits go in steps of half a second. Timers
 * come before sockets are read: what arrived while the process stood still is read before a wait is ended.
 */
export class TimeoutTimer {
  readonly #timer: NodeJS.Timeout;
  #due: NodeJS.Immediate | undefined;

  constructor(limitMs: number, onExceeded: () => void) {
    this.#timer = setTimeout(() => {
      this.#due = setImmediate(onExceeded);
    }, limitMs);
  }

  /** The wait begins anew. It costs no timer, so that it may be called for every piece of an answer. */
  restart(): void {
    clearImmediate(this.#due);
    this.#timer.refresh();
  }

  clear(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#due);
  }
}
