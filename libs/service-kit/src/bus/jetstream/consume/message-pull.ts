import { nanos, type Msg } from '@nats-io/transport-node';
import type { Clock } from '../../../clock.ts';
import type { BatchingPublisher } from '../../connection/batching-publisher.ts';
import type { KeptSubscription, Subscriber } from '../../connection/subscriber.ts';
import { PulledMessage } from './pulled-message.ts';

interface MessagePullParts {
  readonly stream: string;
  readonly consumer: string;
  /** A subject of this service's inbox that nobody else has. */
  readonly inbox: string;
  readonly subscriber: Subscriber;
  readonly publisher: BatchingPublisher;
  readonly clock: Clock;
  readonly onMessage: (message: PulledMessage) => void;
  /** How many more messages are wanted now; 0 where there are enough. */
  readonly wanted: () => number;
}

/** The largest message that NATS carries here (`max_payload` in limits.conf), and some more. */
const maxBytes = 9 * 1024 * 1024;
const expiresMs = 30_000;
/** How often the server says that it has nothing: nothing else tells that the consumer was deleted (nats-server 2.9). */
const heartbeatMs = 2_000;
const silenceLimitMs = 5_000;

const status = { heartbeat: 100, noMessages: 404, expired: 408 } as const;

/**
 * Pulls from a durable consumer, by one request at a time: what arrives is delivered at once, and the next request is made
 * when the last is used up and more is wanted. (The client's own `consume` goes on asking whether or not anybody has
 * taken what came, and its `fetch` waits for a full batch.)
 */
export class MessagePull {
  /** Resolves with why nothing more comes: perhaps the consumer has gone. */
  readonly ended: Promise<string>;
  readonly #parts: MessagePullParts;
  readonly #subscription: KeptSubscription;
  readonly #stopWatching: () => void;
  readonly #setEnded: (reason: string) => void;
  /** How many messages the server may still send by the request that there is; 0 where there is none. */
  #outstanding = 0;
  #received = 0;
  #heardAtMs: number;
  #isOver = false;

  constructor(parts: MessagePullParts) {
    this.#parts = parts;
    const { promise, resolve } = Promise.withResolvers<string>();
    this.ended = promise;
    this.#setEnded = resolve;
    this.#heardAtMs = parts.clock.nowMs();
    this.#subscription = parts.subscriber.subscribe(parts.inbox, (message) => {
      this.#receive(message);
    });
    this.#stopWatching = parts.clock.every(heartbeatMs, () => {
      const isSilent = parts.clock.nowMs() - this.#heardAtMs > silenceLimitMs;
      if (this.#outstanding > 0 && isSilent) this.end('the server is silent');
    });
  }

  /** Asks for more where more is wanted and nothing is asked for. */
  pull(): void {
    const batch = this.#parts.wanted();
    if (this.#isOver || this.#outstanding > 0 || batch <= 0) return;
    const { stream, consumer, inbox, publisher, clock } = this.#parts;
    this.#outstanding = batch;
    this.#received = 0;
    this.#heardAtMs = clock.nowMs();
    publisher.trySend({
      subject: `$JS.API.CONSUMER.MSG.NEXT.${stream}.${consumer}`,
      data: JSON.stringify({
        batch,
        max_bytes: maxBytes,
        expires: nanos(expiresMs),
        idle_heartbeat: nanos(heartbeatMs),
      }),
      reply: inbox,
    });
  }

  /** Nothing more comes. What was on its way is delivered again once its time is over. */
  end(reason: string): void {
    this.#isOver = true;
    this.#stopWatching();
    this.#subscription.unsubscribe();
    this.#setEnded(reason);
  }

  /** Nothing more is asked for. Resolves when all that was on its way has been delivered. */
  async stop(): Promise<void> {
    this.#isOver = true;
    await this.#subscription.drain();
    this.end('it was stopped');
  }

  #receive(message: Msg): void {
    this.#heardAtMs = this.#parts.clock.nowMs();
    if (message.reply) {
      this.#outstanding--;
      this.#received++;
      this.#parts.onMessage(new PulledMessage(message, this.#parts.publisher));
      this.pull();
      return;
    }
    const { code = 0, description = '' } = message.headers ?? {};
    if (code === status.heartbeat) return;
    this.#outstanding = 0;
    // A request that its bytes have used up has delivered something.
    const isUsedUp = code === status.noMessages || code === status.expired || this.#received > 0;
    if (isUsedUp) this.pull();
    else this.end(`${code} ${description}`);
  }
}
