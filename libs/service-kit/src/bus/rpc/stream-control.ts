import type { Msg } from '@nats-io/transport-node';
import { heardMark, isInbox, streamControlSchema } from '@weir/contracts/frames';
import type { Clock } from '../../clock.ts';
import { Fault } from '../../fault.ts';
import { RequesterLiveness } from './requester-liveness.ts';
import { readJson } from '../connection/message-headers.ts';
import type { BatchingPublisher } from '../connection/batching-publisher.ts';
import { RenewableSubscription } from '../connection/renewable-subscription.ts';
import type { Subscriber } from '../connection/subscriber.ts';

interface ControlParts {
  readonly subscriber: Subscriber;
  readonly publisher: BatchingPublisher;
  readonly prefix: string;
  readonly clock: Clock;
}

interface Controlled {
  readonly beganAtMs: number;
  grant(credit: number): void;
  abort(fault: Fault): void;
}

/**
 * The subject on which requesters reach this very instance: to see that it still lives, and where it holds their streams to grant
 * credit and to cancel. It takes no requests: whoever may speak here may not ask all that it serves. It is given up with the
 * connection, and its streams with it: what was sent into a lost connection is gone, so they have gaps. A requester on another
 * server learns of it because the old subject is silent.
 */
export class StreamControl {
  /** By the name in their reply subject. */
  readonly streams = new Map<string, Controlled>();
  readonly #publisher: BatchingPublisher;
  readonly #requesters: RequesterLiveness;
  readonly #subscription: RenewableSubscription;

  constructor({ subscriber, publisher, prefix, clock }: ControlParts) {
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

  /**
   * Those who asked for streams whose replies go to subjects that begin so cannot be answered any more: the streams end. Their requesters
   * learn of it since the subject is silent, unless others still need it.
   */
  loseRequesters(replies: string, fault: Fault): void {
    const names = [...this.streams.keys()];
    for (const [name, stream] of [...this.streams]) if (name.startsWith(replies)) stream.abort(fault);
    if (names.length > 0 && names.every((name) => name.startsWith(replies))) this.renew();
  }

  /** See {@link RequesterLiveness.whenHeard}. */
  whenHeard(reply: string, signal: AbortSignal, begin: () => void): void {
    this.#requesters.whenHeard(reply, signal, begin);
  }

  stop(): void {
    this.#requesters.stop();
  }

  #receive(message: Msg): void {
    if (message.reply) this.#answerProbe(message.reply, isHeardMark(message));
    else this.#obey(readJson(message));
  }

  #answerProbe(reply: string, hasHeard: boolean): void {
    if (!isInbox(reply)) return;
    this.#requesters.probed(reply, hasHeard);
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

const isHeardMark = (message: Msg) =>
  message.data.length === heardMark.length && message.string() === heardMark;
