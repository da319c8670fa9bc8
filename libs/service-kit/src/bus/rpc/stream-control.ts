import type { Msg } from '@nats-io/transport-node';
import { isInbox, streamControlSchema } from '@weir/contracts/frames';
import type { Clock } from '../../clock.ts';
import { Fault } from '../../fault.ts';
import { RequesterLiveness } from './requester-liveness.ts';
import { readJson } from '../connection/message-headers.ts';
import type { BatchingPublisher } from '../connection/batching-publisher.ts';
import { RenewableSubscription } from '../connection/renewable-subscription.ts';
import type { Subscriber } from '../connection/subscriber.ts';

interface Controlled {
  readonly beganAtMs: number;
  grant(credit: number): void;
  abort(fault: Fault): void;
}

/**
 * The subject on which requesters reach the very instance that holds their streams: to grant credit, to cancel, and to
 * see that it still lives. It is given up with the connection, and its streams with it: what was sent into a lost
 * connection is gone, so they have gaps. A requester on another server learns of it because the old subject is silent.
 */
export class StreamControl {
  /** By the name in their reply subject. */
  readonly streams = new Map<string, Controlled>();
  readonly #publisher: BatchingPublisher;
  readonly #requesters: RequesterLiveness;
  readonly #subscription: RenewableSubscription;

  constructor(subscriber: Subscriber, publisher: BatchingPublisher, prefix: string, clock: Clock) {
    this.#publisher = publisher;
    this.#requesters = new RequesterLiveness(this.streams, clock);
    this.#subscription = new RenewableSubscription({
      subscriber,
      prefix,
      suffix: '',
      receive: (message) => {
        this.#receive(message);
      },
    });
  }

  get subject(): string {
    return this.#subscription.name;
  }

  /** The connection is lost: begins anew under another subject. */
  renew(): void {
    this.#subscription.renew();
  }

  /** Ends the streams whose replies go to subjects that begin so. */
  abortBelow(replies: string, fault: Fault): void {
    for (const [name, stream] of [...this.streams]) if (name.startsWith(replies)) stream.abort(fault);
  }

  stop(): void {
    this.#requesters.stop();
  }

  #receive(message: Msg): void {
    if (message.reply) this.#answerProbe(message.reply);
    else this.#obey(readJson(message));
  }

  #answerProbe(reply: string): void {
    if (!isInbox(reply)) return;
    this.#requesters.probed(reply);
    this.#publisher.trySend({ subject: reply, data: '' });
  }

  #obey(message: unknown): void {
    const parsed = streamControlSchema.safeParse(message);
    if (!parsed.success) return;
    const stream = this.streams.get(parsed.data.stream);
    if ('credit' in parsed.data) stream?.grant(parsed.data.credit);
    else stream?.abort(new Fault('client_closed_request'));
  }
}
