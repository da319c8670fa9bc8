import type { Clock } from '../../clock.ts';
import { EventLoopStalls } from '../../event-loop-stalls.ts';

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

/** For so long after the process stood still, what comes may have waited for it. */
const afterStallMs = 1_000;

/** What a message may have waited longer than the process stood still. */
const slackMs = 150;

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
  readonly #stalls: EventLoopStalls;

  constructor({ clock, monotonicMs = () => performance.now() }: MessageAgesParts) {
    this.#monotonicMs = monotonicMs;
    this.#stalls = new EventLoopStalls({ clock, nowMs: monotonicMs });
  }

  /**
   * How long ago a message was sent. Of the first of a sender nothing is known: it is new, unless this process stood still for
   * as long as the clocks say that it is old (`byClocksMs`).
   */
  ageMs(name: string, sentAtMs: number, byClocksMs: number): number {
    const nowMs = this.#monotonicMs();
    const delayMs = nowMs - sentAtMs;
    const runMs = nowMs - this.#stalls.totalMs;
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
    this.#stalls.stop();
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

  /** How long what comes now may have waited for this process to go on. */
  #mayHaveWaitedMs(nowMs: number): number {
    const { latest } = this.#stalls;
    return latest && nowMs - latest.endedAtMs < afterStallMs ? latest.lateMs + slackMs : 0;
  }
}
