import type { Clock } from '../../clock.ts';

interface Sender {
  /** The smallest apparent delay: when a message of it came less when it was sent, by two clocks that began at different times. */
  smallestMs: number;
  /** When that was last looked at, in this process's running time. */
  atMs: number;
}

interface MessageAgesParts {
  readonly clock: Clock;
  /** Milliseconds of a clock that is never set. */
  readonly monotonicMs?: () => number;
}

const tickMs = 100;

/** What a tick may be late by before the process is said to have stood still. */
const latenessMs = 100;

/** For so long after the process stood still, what comes may have waited for it. */
const afterStandstillMs = 1_000;

/**
 * How much of the time that passes the smallest delay may grow by. One clock may run faster than the other (8% while chrony
 * corrects it), and one may have stood still with its machine: it is believed again after four times as long as it stood.
 */
const growth = 0.25;

/** Inboxes have another name after each reconnection; the oldest are forgotten. */
const maxSenders = 1_000;

/**
 * How old messages are when they come, though the clocks of two machines never agree. A message tells when it was sent, by its
 * sender's monotonic clock; the smallest difference that was seen of that sender is the clocks' own and the way's, and what a
 * message has beyond it, it has waited: in a process that stood still, or in a server. Costs a look into a map for each message.
 */
export class MessageAges {
  readonly #senders = new Map<string, Sender>();
  readonly #monotonicMs: () => number;
  readonly #stop: () => void;
  #tickedAtMs: number;
  /** How long this process has stood still in all, and how long when it last did. */
  #stoodMs = 0;
  #lastStandstill = { lengthMs: 0, endedAtMs: -Infinity };

  constructor({ clock, monotonicMs = () => performance.now() }: MessageAgesParts) {
    this.#monotonicMs = monotonicMs;
    this.#tickedAtMs = monotonicMs();
    this.#stop = clock.every(tickMs, () => {
      this.#tick();
    });
  }

  /**
   * How long ago a message was sent. Of the first of a sender nothing is known: it is new, unless this process stood still for
   * as long as the clocks say that it is old (`byClocksMs`).
   */
  ageMs(name: string, sentAtMs: number, byClocksMs: number): number {
    const nowMs = this.#monotonicMs();
    const delayMs = nowMs - sentAtMs;
    const runMs = nowMs - this.#stoodMs - this.#standstillMs(nowMs);
    const sender = this.#senders.get(name);
    if (!sender) {
      const ageMs = byClocksMs > 0 && byClocksMs <= this.#mayHaveWaitedMs(nowMs) ? byClocksMs : 0;
      this.#add(name, { smallestMs: delayMs - ageMs, atMs: runMs });
      return ageMs;
    }
    sender.smallestMs = Math.min(delayMs, sender.smallestMs + growth * (runMs - sender.atMs));
    sender.atMs = runMs;
    return delayMs - sender.smallestMs;
  }

  stop(): void {
    this.#stop();
  }

  #add(name: string, sender: Sender): void {
    if (this.#senders.size >= maxSenders) {
      for (const oldest of this.#senders.keys()) {
        this.#senders.delete(oldest);
        break;
      }
    }
    this.#senders.set(name, sender);
  }

  #tick(): void {
    const nowMs = this.#monotonicMs();
    const lengthMs = this.#standstillMs(nowMs);
    if (lengthMs > 0) this.#lastStandstill = { lengthMs, endedAtMs: nowMs };
    this.#stoodMs += lengthMs;
    this.#tickedAtMs = nowMs;
  }

  /** How long the process has stood still since the last tick. Messages are read before the next one is noticed. */
  #standstillMs(nowMs: number): number {
    return Math.max(0, nowMs - this.#tickedAtMs - tickMs - latenessMs);
  }

  #mayHaveWaitedMs(nowMs: number): number {
    const { lengthMs, endedAtMs } = this.#lastStandstill;
    const currentMs = this.#standstillMs(nowMs);
    const longestMs = Math.max(currentMs, nowMs - endedAtMs < afterStandstillMs ? lengthMs : 0);
    return longestMs === 0 ? 0 : longestMs + tickMs + latenessMs;
  }
}
