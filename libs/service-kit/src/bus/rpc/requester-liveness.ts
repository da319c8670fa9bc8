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

interface Waiting {
  readonly inbox: string;
  readonly resume: () => void;
}

/**
 * Knows whether the requesters hear what they are told, and ends streams whose requester seems to be gone. One that was killed could
 * cancel nothing, and to publish into an inbox that nobody reads fails in silence, so without this a provider would go on, and bill,
 * for nobody. One that only stood still hears of the end when it goes on.
 */
export class RequesterLiveness {
  readonly #probedAtMs = new Map<string, number>();
  readonly #heardAtMs = new Map<string, number>();
  readonly #waiting = new Set<Waiting>();
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

  /** A requester's probe has come; `reply` is a subject in its inbox. `hasHeard`: it says that it hears what this instance sends there. */
  probed(reply: string, hasHeard: boolean): void {
    const inbox = inboxOf(reply);
    this.#probedAtMs.set(inbox, this.#clock.nowMs());
    if (!hasHeard) return;
    this.#heardAtMs.set(inbox, this.#clock.nowMs());
    for (const waiting of this.#waiting) if (waiting.inbox === inbox) waiting.resume();
  }

  /**
   * Calls `begin` once it is known that the requester hears this instance: at once where it has said so lately. An acceptance that does
   * not arrive (a permission is missing, say) would have the same work done here for nobody, and by another. When the signal is
   * aborted it is called too.
   */
  whenHeard(reply: string, signal: AbortSignal, begin: () => void): void {
    const inbox = inboxOf(reply);
    const heardAtMs = this.#heardAtMs.get(inbox);
    if (heardAtMs !== undefined && heardAtMs >= this.#clock.nowMs() - silenceLimitMs) {
      begin();
      return;
    }
    const resume = () => {
      if (!this.#waiting.delete(waiting)) return;
      signal.removeEventListener('abort', resume);
      begin();
    };
    const waiting = { inbox, resume };
    this.#waiting.add(waiting);
    signal.addEventListener('abort', resume);
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
    for (const atMsOf of [this.#probedAtMs, this.#heardAtMs])
      for (const [inbox, atMs] of atMsOf) if (atMs < longAgoMs) atMsOf.delete(inbox);
  }
}
