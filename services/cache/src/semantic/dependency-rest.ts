import type { Clock } from '@weir/service-kit/clock';

const failuresInARow = 5;
const restMs = 5_000;

/** What was to be asked has failed too often, and is left alone. */
export class DependencyResting extends Error {
  override readonly name = 'DependencyResting';
}

/**
 * Asks something that may hang, and, once it has failed some times in a row, leaves it alone for some seconds: so that not every
 * request waits until its time is up. Then one asks again.
 */
export class DependencyRest {
  readonly #clock: Clock;
  /** Told when it begins to rest, and of why. */
  readonly #onRest: (error: unknown) => void;
  #failures = 0;
  #untilMs = 0;

  constructor({ clock, onRest }: { clock: Clock; onRest: (error: unknown) => void }) {
    this.#clock = clock;
    this.#onRest = onRest;
  }

  async ask<T>(work: () => Promise<T>): Promise<T> {
    if (this.#failures >= failuresInARow) {
      if (this.#clock.nowMs() < this.#untilMs) throw new DependencyResting();
      // The others rest on until this one has an answer.
      this.#untilMs = this.#clock.nowMs() + restMs;
    }
    try {
      const answer = await work();
      this.#failures = 0;
      return answer;
    } catch (error) {
      this.#failures += 1;
      if (this.#failures === failuresInARow) {
        this.#untilMs = this.#clock.nowMs() + restMs;
        this.#onRest(error);
      }
      throw error;
    }
  }
}
