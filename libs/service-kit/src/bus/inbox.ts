import type { Msg, NatsConnection } from '@nats-io/transport-node';
import type { Clock } from '../clock.ts';
import type { Fault } from '../fault.ts';

/** One asker's place in the inbox. */
export interface InboxEntry {
  /** When `onDue` is called, Unix time in milliseconds. The entry may move it at any time. */
  dueAtMs: number;
  onMessage(message: Msg): void;
  onDue(): void;
  /** The connection is lost: nothing will come any more. */
  onLost(fault: Fault): void;
}

/** How often due entries are looked for: the precision of every time-out on the bus. */
const sweepIntervalMs = 20;

/**
 * The lean multiplexer: one wildcard subscription for all answers, a map from token to asker, and one timer for
 * all time-outs. The client's own requests cost more than twice as much.
 */
export class Inbox {
  readonly #entries = new Map<string, InboxEntry>();
  readonly #prefix: string;
  readonly #onStray: (message: Msg) => void;
  readonly #stopSweeping: () => void;
  #next = 0;

  /** `onStray` gets the messages whose asker has gone. */
  constructor(connection: NatsConnection, prefix: string, clock: Clock, onStray: (message: Msg) => void) {
    this.#prefix = `${prefix}.`;
    this.#onStray = onStray;
    connection.subscribe(`${prefix}.*`, {
      callback: (error, message) => {
        if (!error) this.#deliver(message);
      },
    });
    this.#stopSweeping = clock.every(sweepIntervalMs, () => {
      this.#sweep(clock.nowMs());
    });
  }

  /** Returns the subject to give as the reply subject. */
  open(entry: InboxEntry): string {
    const token = (this.#next++).toString(36);
    this.#entries.set(token, entry);
    return this.#prefix + token;
  }

  close(subject: string): void {
    this.#entries.delete(subject.slice(this.#prefix.length));
  }

  /** Tells every asker that nothing will come. */
  lose(fault: Fault): void {
    const entries = [...this.#entries.values()];
    this.#entries.clear();
    for (const entry of entries) entry.onLost(fault);
  }

  stop(): void {
    this.#stopSweeping();
  }

  #deliver(message: Msg): void {
    const entry = this.#entries.get(message.subject.slice(this.#prefix.length));
    if (entry) entry.onMessage(message);
    else this.#onStray(message);
  }

  #sweep(nowMs: number): void {
    for (const entry of this.#entries.values()) if (entry.dueAtMs <= nowMs) entry.onDue();
  }
}
