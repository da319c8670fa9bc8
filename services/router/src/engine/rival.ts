import { Fault } from '@weir/service-kit/fault';

/** One target's part in the race for a request's answer. */
export class Rival {
  readonly #controller: AbortController | undefined;
  readonly signal: AbortSignal;

  /** One that runs alone needs no controller of its own, which costs more than the rest of it. */
  constructor(asked: AbortSignal, { isAlone }: { isAlone: boolean }) {
    this.#controller = isAlone ? undefined : new AbortController();
    this.signal = this.#controller ? AbortSignal.any([asked, this.#controller.signal]) : asked;
  }

  /** Another has answered: nobody waits for this one any more. */
  cancel(): void {
    this.#controller?.abort(superseded());
  }
}

export function superseded(): Fault {
  return new Fault('client_closed_request', { cause: new Error('Another attempt has answered') });
}
