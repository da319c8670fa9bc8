import { isDoneWithin } from './clock.ts';
import type { Clock } from './clock.ts';

interface HealthProbeOptions {
  /** Asks the server for the least that it can answer. */
  readonly ping: () => Promise<unknown>;
  /** What a service lacks while it does not answer, in words for an operator: `an answer from Postgres`. */
  readonly lack: string;
  readonly clock: Clock;
}

const pingTimeoutMs = 1_000;
/** An answer is as good as a ping for this long, so that readiness costs a busy service nothing. */
const answerHoldsMs = 1_000;

/** Whether a server on which a service depends answers. */
export class HealthProbe {
  readonly #options: HealthProbeOptions;
  #lastAnswerAtMs = -Infinity;

  constructor(options: HealthProbeOptions) {
    this.#options = options;
  }

  /** To be called whenever it has answered anything. */
  answered(): void {
    this.#lastAnswerAtMs = this.#options.clock.nowMs();
  }

  /** To be called when it is known to be gone. */
  lost(): void {
    this.#lastAnswerAtMs = -Infinity;
  }

  /** For a service's `missing`. */
  async missing(): Promise<string[]> {
    const { clock, ping, lack } = this.#options;
    if (clock.nowMs() - this.#lastAnswerAtMs < answerHoldsMs) return [];
    const answers = ping().then(
      () => true,
      () => false,
    );
    return (await isDoneWithin(answers, pingTimeoutMs, clock)) && (await answers) ? [] : [lack];
  }
}
