/** So many refusals in a row are chance where a provider grants every second request, or every third. */
const tolerated = 4;

const restMs = { first: 100, longest: 5_000 };

/**
 * The refusals in a row of a provider that limits the rate and does not say for how long. One that still grants a good part
 * of what it is asked is not left alone: its limit frees up all the time, and any rest would be lost.
 */
export class RefusalRun {
  #length = 0;

  /** One more. Returns for how long it is left alone, in milliseconds: from the fifth on, each time for twice as long. */
  refused(): number {
    const doublings = this.#length++ - tolerated;
    return doublings < 0 ? 0 : Math.min(restMs.first * 2 ** doublings, restMs.longest);
  }

  granted(): void {
    this.#length = 0;
  }
}
