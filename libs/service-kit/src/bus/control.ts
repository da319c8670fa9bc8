import type { NatsConnection, Subscription } from '@nats-io/transport-node';
import { controlSchema } from '@weir/contracts/frames';
import { Fault } from '../fault.ts';
import { parseJson } from './headers.ts';
import type { Outbox } from './outbox.ts';

interface Controlled {
  grant(credit: number): void;
  abort(fault: Fault): void;
}

/**
 * The subject on which askers reach the very instance that holds their streams: to grant credit, to cancel, and to
 * see that it still lives. It ends with the connection, streams and all: what was sent into a lost connection is
 * gone, so those streams have gaps, and an asker on another server learns of it because the old subject is silent.
 */
export class Control {
  /** By reply subject. */
  readonly streams = new Map<string, Controlled>();
  readonly #connection: NatsConnection;
  readonly #outbox: Outbox;
  readonly #prefix: string;
  #epoch = 0;
  #subscription: Subscription;

  constructor(connection: NatsConnection, outbox: Outbox, prefix: string) {
    this.#connection = connection;
    this.#outbox = outbox;
    this.#prefix = prefix;
    this.#subscription = this.#subscribe();
  }

  get subject(): string {
    return `${this.#prefix}-${this.#epoch}`;
  }

  /** The connection is lost: begins anew under another subject. */
  renew(): void {
    this.#subscription.unsubscribe();
    this.#epoch++;
    this.#subscription = this.#subscribe();
  }

  #subscribe(): Subscription {
    return this.#connection.subscribe(this.subject, {
      callback: (error, message) => {
        if (error) return;
        if (message.reply) this.#outbox.trySend({ subject: message.reply, data: '' });
        else this.#obey(parseJson(message.string()));
      },
    });
  }

  #obey(message: unknown): void {
    const parsed = controlSchema.safeParse(message);
    if (!parsed.success) return;
    const stream = this.streams.get(parsed.data.stream);
    if ('credit' in parsed.data) stream?.grant(parsed.data.credit);
    else stream?.abort(new Fault('client_closed_request'));
  }
}
