import type { Msg, Subscription } from '@nats-io/transport-node';
import { controlSchema } from '@weir/contracts/frames';
import type { Clock } from '../clock.ts';
import { Fault } from '../fault.ts';
import { AskerWatch } from './asker-watch.ts';
import { parseJson } from './headers.ts';
import type { Outbox } from './outbox.ts';
import type { Subscriber } from './subscriber.ts';

interface Controlled {
  readonly beganAtMs: number;
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
  readonly #subscriber: Subscriber;
  readonly #outbox: Outbox;
  readonly #prefix: string;
  readonly #askers: AskerWatch;
  #epoch = 0;
  #subscription: Subscription;

  constructor(subscriber: Subscriber, outbox: Outbox, prefix: string, clock: Clock) {
    this.#subscriber = subscriber;
    this.#outbox = outbox;
    this.#prefix = prefix;
    this.#askers = new AskerWatch(this.streams, clock);
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

  stop(): void {
    this.#askers.stop();
  }

  #subscribe(): Subscription {
    return this.#subscriber.subscribe(this.subject, (message: Msg) => {
      if (message.reply) this.#answerProbe(message.reply);
      else this.#obey(parseJson(message.string()));
    });
  }

  #answerProbe(reply: string): void {
    this.#askers.probed(reply);
    this.#outbox.trySend({ subject: reply, data: '' });
  }

  #obey(message: unknown): void {
    const parsed = controlSchema.safeParse(message);
    if (!parsed.success) return;
    const stream = this.streams.get(parsed.data.stream);
    if ('credit' in parsed.data) stream?.grant(parsed.data.credit);
    else stream?.abort(new Fault('client_closed_request'));
  }
}
