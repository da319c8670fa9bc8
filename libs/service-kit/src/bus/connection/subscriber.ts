import type { Msg, NatsConnection, Subscription } from '@nats-io/transport-node';
import type { Logger } from '../../logger.ts';

interface SubscriberParts {
  connection: Pick<NatsConnection, 'subscribe'>;
  logger: Logger;
}

/** One that has received nothing in so many checks is made anew: only then the server, and each of a cluster, surely has it. */
const quietChecks = 5;

/**
 * Makes a connection's subscriptions. The client calls back from within its read loop, so that one exception would
 * leave the whole connection deaf: here it is logged, and the next message comes.
 */
export class Subscriber {
  readonly #parts: SubscriberParts;
  readonly #kept = new Set<KeptSubscription>();

  constructor(parts: SubscriberParts) {
    this.#parts = parts;
  }

  subscribe(
    subject: string,
    receive: (message: Msg) => void,
    { queue }: { queue?: string } = {},
  ): KeptSubscription {
    const { connection } = this.#parts;
    const open = () =>
      connection.subscribe(subject, {
        ...(queue !== undefined && { queue }),
        // A refusal comes as a status of the connection too, and with all versions of the server only there.
        callback: (error, message) => {
          if (error) return;
          this.guard(() => {
            receive(message);
          }, subject);
        },
      });
    const kept = new KeptSubscription({ subject, queue, open, onReleased: () => this.#kept.delete(kept) });
    this.#kept.add(kept);
    return kept;
  }

  /** The subscription to that very subject, where there is one. */
  find(subject: string): KeptSubscription | undefined {
    for (const kept of this.#kept) if (kept.subject === subject) return kept;
    return undefined;
  }

  /** To be called every second. Returns whether any was made anew: whether the server has it, its answer to a flush tells. */
  renewQuiet(): boolean {
    let renewed = false;
    for (const kept of this.#kept) {
      if (kept.checksWithoutMessage() < quietChecks) continue;
      kept.renew();
      renewed = true;
    }
    return renewed;
  }

  /** Runs what must not throw into the client or a timer. What it throws is logged and returned. */
  guard(task: () => void, subject: string): { thrown: unknown } | undefined {
    try {
      task();
      return undefined;
    } catch (thrown) {
      this.#parts.logger.error({ err: thrown, subject }, 'a message or a time-out could not be handled');
      return { thrown };
    }
  }
}

interface KeptParts {
  readonly subject: string;
  readonly queue: string | undefined;
  readonly open: () => Subscription;
  readonly onReleased: () => void;
}

/**
 * A subscription that can be made anew under the same subject. A server ends one when its user may not have it any more, and does not
 * begin it again when the user may.
 */
export class KeptSubscription {
  readonly subject: string;
  readonly queue: string | undefined;
  readonly #open: () => Subscription;
  readonly #onReleased: () => void;
  #current: Subscription;
  #isReleased = false;
  #received = 0;
  #quietChecks = 0;

  constructor({ subject, queue, open, onReleased }: KeptParts) {
    this.subject = subject;
    this.queue = queue;
    this.#open = open;
    this.#onReleased = onReleased;
    this.#current = open();
  }

  /** Nobody wants its messages any more. */
  isClosed(): boolean {
    return this.#isReleased;
  }

  unsubscribe(): void {
    this.#release();
    if (!this.#current.isClosed()) this.#current.unsubscribe();
  }

  /** Takes nothing new. Resolves when all that was on its way has arrived. */
  drain(): Promise<void> {
    this.#release();
    return drained(this.#current);
  }

  /** The old one receives what is on its way to it. A message that comes between the two commands to the server would come twice. */
  renew(): void {
    const old = this.#current;
    this.#current = this.#open();
    this.#received = 0;
    this.#quietChecks = 0;
    void drained(old);
  }

  /** How many calls of this in a row have seen no message. */
  checksWithoutMessage(): number {
    const received = this.#current.getReceived();
    this.#quietChecks = received === this.#received ? this.#quietChecks + 1 : 0;
    this.#received = received;
    return this.#quietChecks;
  }

  #release(): void {
    this.#isReleased = true;
    this.#onReleased();
  }
}

/** A subscription that the server has ended is closed already; one on a connection that is lost has nothing more to receive. */
async function drained(subscription: Subscription): Promise<void> {
  if (!subscription.isClosed()) await subscription.drain().catch(() => undefined);
}
