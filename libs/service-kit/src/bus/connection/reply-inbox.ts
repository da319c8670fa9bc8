import type { Msg } from '@nats-io/transport-node';
import { replySubject } from '@weir/contracts/frames';
import type { Clock } from '../../clock.ts';
import { Fault } from '../../fault.ts';
import { createRandomPool } from '../../random-pool.ts';
import { RenewableSubscription } from './renewable-subscription.ts';
import type { Subscriber } from './subscriber.ts';

/** A request that waits for replies. */
export interface PendingReply {
  /** The subject that was asked, as long as nobody is known to have been reached: without it the request cannot be refused by the server. */
  readonly subject?: string | undefined;
  /** When `onExpired` is called, Unix time in milliseconds. It may change at any time. */
  expiresAtMs: number;
  onMessage(message: Msg): void;
  /** Called every 20 ms from `expiresAtMs` on, until the entry is closed or the time is later again. */
  onExpired(): void;
  /** The connection is lost: no reply can come. */
  onLost(fault: Fault): void;
}

interface ReplyInboxParts {
  subscriber: Subscriber;
  prefix: string;
  clock: Clock;
  /** Called with replies to requests that are closed. */
  onStray: (message: Msg) => void;
}

/** How often expired entries are looked for: the precision of every time-out on the bus. */
const sweepIntervalMs = 20;

/** Nobody but who was asked can guess where the reply is expected. */
const secretBytes = 16;
const drawSecret = createRandomPool(secretBytes);

/**
 * Receives all replies to this service's requests: one wildcard subscription, a map from reply subject to request, and one
 * timer for all time-outs. The client's own `request` costs more than twice as much CPU.
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
      const nowMs = parts.clock.nowMs();
      // A reply that came while this process was busy is read first: its time-out would be nobody's but its own.
      setImmediate(() => {
        this.#sweep(nowMs);
      });
    });
  }

  /** How many requests are open. */
  get size(): number {
    return this.#entries.size;
  }

  /** Returns the reply subject for the request. */
  open(entry: PendingReply): string {
    const name = `${this.#subscription.name}.${(this.#next++).toString(36)}`;
    const subject = replySubject(name, drawSecret().toString('base64url'));
    this.#entries.set(subject, entry);
    return subject;
  }

  close(subject: string): void {
    this.#entries.delete(subject);
  }

  /** Ends every request with this fault. */
  lose(fault: Fault): void {
    const entries = [...this.#entries];
    this.#entries.clear();
    for (const [reply, entry] of entries) this.#lose(reply, entry, fault);
  }

  /** Ends the requests to that subject which nobody has taken. Returns whether there was any. */
  loseAsked(subject: string, fault: Fault): boolean {
    const asked = [...this.#entries].filter(([, entry]) => entry.subject === subject);
    for (const [reply, entry] of asked) {
      this.close(reply);
      this.#lose(reply, entry, fault);
    }
    return asked.length > 0;
  }

  /** Below which all replies come. */
  get name(): string {
    return this.#subscription.name;
  }

  /** What is subscribed to. */
  get subject(): string {
    return this.#subscription.subject;
  }

  /**
   * Changes the inbox's name. After a lost connection responders may still hold work for the old one: its subject must have
   * no subscriber, so that they find out.
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

  #lose(reply: string, entry: PendingReply, fault: Fault): void {
    this.#parts.subscriber.guard(() => {
      entry.onLost(fault);
    }, reply);
  }

  #sweep(nowMs: number): void {
    for (const [subject, entry] of this.#entries) {
      // Written so that NaN counts as expired.
      if (!(entry.expiresAtMs > nowMs)) {
        this.#attempt(subject, entry, () => {
          entry.onExpired();
        });
      }
    }
  }

  /** Runs a callback. One that throws ends its own request with a fault, and no other. */
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
