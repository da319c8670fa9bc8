import { Fault } from '@weir/service-kit/fault';
import type { Outlet } from './outlet.ts';

/** The way to an asker that may be slow: a wait for it ends with the attempt. */
export class BoundOutlet implements Outlet {
  readonly #outlet: Outlet;
  readonly #signal: AbortSignal;
  #isWaiting = false;

  constructor(outlet: Outlet, signal: AbortSignal) {
    this.#outlet = outlet;
    this.#signal = signal;
  }

  /** Whether it is the asker that is being waited for, so that a time-out is none of the provider's failures. */
  get isWaiting(): boolean {
    return this.#isWaiting;
  }

  open(): void {
    this.#outlet.open();
  }

  chunk(chunk: string): Promise<void> | undefined {
    const caughtUp = this.#outlet.chunk(chunk);
    return caughtUp && this.#wait(caughtUp);
  }

  async #wait(caughtUp: Promise<void>): Promise<void> {
    const { promise: aborted, reject } = Promise.withResolvers<never>();
    const onAbort = () => {
      reject(Fault.from(this.#signal.reason));
    };
    this.#signal.addEventListener('abort', onAbort, { once: true });
    this.#isWaiting = true;
    await Promise.race([caughtUp, aborted]).finally(() => {
      this.#signal.removeEventListener('abort', onAbort);
    });
    this.#isWaiting = false;
  }
}
