import { nanos, type Msg } from '@nats-io/transport-node';
import type { BatchingPublisher } from '../../connection/batching-publisher.ts';

/** A message that a consumer has delivered, and how it is answered. An answer that is lost is a redelivery. */
export class PulledMessage {
  readonly message: Msg;
  readonly stream: string;
  readonly streamSequence: number;
  /** How often it was delivered, this time included. */
  readonly deliveries: number;
  readonly #publisher: Pick<BatchingPublisher, 'trySend'>;

  constructor(message: Msg, publisher: Pick<BatchingPublisher, 'trySend'>) {
    this.message = message;
    this.#publisher = publisher;
    // $JS.ACK.<stream>.<consumer>.<deliveries>.<stream sequence>.<consumer sequence>.<time>.<pending>; servers that tell
    // domains apart put the domain and the account behind ACK, and a random token last.
    const tokens = (message.reply ?? '').split('.');
    const first = tokens.length > 9 ? 4 : 2;
    this.stream = tokens[first] ?? '';
    this.deliveries = Number(tokens[first + 2]);
    this.streamSequence = Number(tokens[first + 3]);
  }

  /** It is dealt with. */
  ack(): void {
    this.#answer('+ACK');
  }

  /** It is to be delivered again, to any replica, in so long. */
  nak(delayMs: number): void {
    this.#answer(delayMs > 0 ? `-NAK {"delay":${nanos(delayMs)}}` : '-NAK');
  }

  /** It is being worked on: it is not to be delivered to another yet. */
  working(): void {
    this.#answer('+WPI');
  }

  #answer(data: string): void {
    if (this.message.reply) this.#publisher.trySend({ subject: this.message.reply, data });
  }
}
