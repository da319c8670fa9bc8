import type { Msg } from '@nats-io/transport-node';
import type { Clock } from '../../clock.ts';
import { Fault } from '../../fault.ts';
import { RenewableSubscription } from './renewable-subscription.ts';
import type { Subscriber } from './subscriber.ts';

/** One asker's place in the inbox. */
export interface PendingReply {
  /** When `onDue` is called, Unix time in milliseconds. The entry may move it at any time. */
  expiresAtMs: number;
  onMessage(message: Msg): void;
  onExpired(): void;
  /** Nothing will come any more. */
  onLost(fault: Fault): void;
}

interface ReplyInboxParts {
  subscriber: Subscriber;
  prefix: string;
  clock: Clock;
  /** Gets the messages whose asker has gone. */
  onStray: (message: Msg) => void;
}

/** How often due entries are looked for: the precision of every time-out on the bus. */
const sweepIntervalMs = 20;

/**
 * The lean multiplexer: one wildcard subscription for all answers, a map from token to asker, and one timer for
 * all time-outs. The client's own requests cost more than twice as much.
 */
export class ReplyInbox {
  readonly #entries = new Map<string, PendingReply>();
  readonly #parts: ReplyInboxParts;
  readonly #stopSweeping: () => void;
  readonly #subscription: RenewableSubscription;
  #next = 0;

  constructor(parts: ReplyInboxParts) {
    this.#parts = parts;
    this.#subscription = new RenewableSubscription({
      subscriber: parts.subscriber,
      prefix: parts.prefix,
      suffix: '.*',
      receive: (message) => {
        this.#deliver(message);
      },
    });
    this.#stopSweeping = parts.clock.every(sweepIntervalMs, () => {
      this.#sweep(parts.clock.nowMs());
    });
  }

  /** Returns the subject to give as the reply subject. */
  open(entry: PendingReply): string {
    const subject = `${this.#subscription.name}.${(this.#next++).toString(36)}`;
    this.#entries.set(subject, entry);
    return subject;
  }

  close(subject: string): void {
    this.#entries.delete(subject);
  }

  /** Tells every asker that nothing will come. */
  lose(fault: Fault): void {
    const entries = [...this.#entries];
    this.#entries.clear();
    for (const [subject, entry] of entries) {
      this.#parts.subscriber.guard(() => {
        entry.onLost(fault);
      }, subject);
    }
  }

  /**
   * The connection was lost, and with it everybody who was asked through it. What they still hold for us must not
   * live on because the same inbox asks again: it has another name from now on.
   */
  renew(): void {
    this.#subscription.renew();
  }

  stop(): void {
    this.#stopSweeping();
  }

  #deliver(message: Msg): void {
    const entry = this.#entries.get(message.subject);
    if (!entry) this.#parts.onStray(message);
    else {
      this.#attempt(message.subject, entry, () => {
        entry.onMessage(message);
      });
    }
  }

  #sweep(nowMs: number): void {
    for (const [subject, entry] of this.#entries) {
      // So written, a time that is no number is due.
      if (!(entry.expiresAtMs > nowMs)) {
        this.#attempt(subject, entry, () => {
          entry.onExpired();
        });
      }
    }
  }

  /** An asker that throws has failed, and hears so; the others go on. */
  #attempt(subject: string, entry: PendingReply, task: () => void): void {
    const { subscriber } = this.#parts;
    const failure = subscriber.guard(task, subject);
    if (!failure) return;
    this.close(subject);
    subscriber.guard(() => {
      entry.onLost(new Fault('internal_error', { cause: failure.thrown }));
    }, subject);
  }
}
