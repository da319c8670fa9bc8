/**
 * Numbers the attempts of one request. Number 1 counts as the request for whoever counts requests: it is the first attempt
 * that is no mirrored copy.
 */
export class AttemptNumbers {
  #hasFirst = false;
  #last = 1;

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
