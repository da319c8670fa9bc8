import { inboxOf } from '@weir/contracts/frames';
import type { Clock } from '../../clock.ts';
import { Fault } from '../../fault.ts';

interface Watched {
  readonly beganAtMs: number;
  abort(fault: Fault): void;
}

const checkIntervalMs = 1_000;

/** A requester probes whoever holds streams of its own five times a second; one that has not for this long is gone. */
const silenceLimitMs = 5_000;

/**
 * Ends streams whose requester seems to be gone. One that was killed could cancel nothing, and to publish into an inbox
 * that nobody reads fails in silence, so without this a provider would go on, and bill, for nobody. One that only
 * stood still hears of the end when it goes on.
 */
export class RequesterLiveness {
  readonly #probedAtMs = new Map<string, number>();
  readonly #streams: ReadonlyMap<string, Watched>;
  readonly #clock: Clock;
  readonly #stop: () => void;

  /** `streams` are those in hand, by the name in their reply subject. */
  constructor(streams: ReadonlyMap<string, Watched>, clock: Clock) {
    this.#streams = streams;
    this.#clock = clock;
    this.#stop = clock.every(checkIntervalMs, () => {
      this.#check();
    });
  }

  /** A requester's probe has come; `reply` is a subject in its inbox. */
  probed(reply: string): void {
    this.#probedAtMs.set(inboxOf(reply), this.#clock.nowMs());
  }

  stop(): void {
    this.#stop();
  }

  #check(): void {
    const longAgoMs = this.#clock.nowMs() - silenceLimitMs;
    for (const [name, stream] of this.#streams) {
      const heardAtMs = Math.max(stream.beganAtMs, this.#probedAtMs.get(inboxOf(name)) ?? 0);
      if (heardAtMs < longAgoMs) stream.abort(new Fault('service_lost'));
    }
    for (const [inbox, atMs] of this.#probedAtMs) if (atMs < longAgoMs) this.#probedAtMs.delete(inbox);
  }
}
