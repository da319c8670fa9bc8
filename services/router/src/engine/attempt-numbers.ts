import { attemptsPerDispatch } from '@weir/contracts/usage-events';

/**
 * Numbers the attempts of one request. Number 1 counts as the request for whoever counts requests: it is the first attempt
 * that is no mirrored copy.
 *
 * An attempt's number is a part of its id, by which it is held for, charged and entered once. Where a request was put to another
 * router before (`dispatch`), which may have begun it all the same, the numbers begin beyond what that one can have given away, and
 * the request is the other one's to count.
 */
export class AttemptNumbers {
  #hasFirst = false;
  #last = 1;

  constructor({ dispatch = 0 }: { dispatch?: number | undefined } = {}) {
    if (dispatch === 0) return;
    this.#hasFirst = true;
    this.#last = dispatch * attemptsPerDispatch;
  }

  /** Whether none is in use. */
  get areUnused(): boolean {
    return !this.#hasFirst && this.#last === 1;
  }

  next({ isMirror }: { isMirror: boolean }): number {
    if (isMirror || this.#hasFirst) return ++this.#last;
    this.#hasFirst = true;
    return 1;
  }

  /** The attempt was refused, and nobody has kept anything under its number. */
  giveBack(number: number): void {
    if (number === 1) this.#hasFirst = false;
    else if (number === this.#last) this.#last--;
  }
}
