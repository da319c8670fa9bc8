import { nanos, type Msg, type Subscription } from '@nats-io/transport-node';
import type { Clock } from '../../../clock.ts';
import type { BatchingPublisher } from '../../connection/batching-publisher.ts';
import type { Subscriber } from '../../connection/subscriber.ts';
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
const heartbeatMs = 5_000;
/** A pull that has heard nothing for two heartbeats and more is broken. */
const silenceLimitMs = 12_000;

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
  readonly #subscription: Subscription;
  readonly #stopWatching: () => void;
  readonly #end: (reason: string) => void;
  /** How many messages the server may still send by the request that there is; 0 where there is none. */
  #outstanding = 0;
  #received = 0;
  #heardAtMs: number;
  #isOver = false;

  constructor(parts: MessagePullParts) {
    this.#parts = parts;
    const { promise, resolve } = Promise.withResolvers<string>();
    this.ended = promise;
    this.#end = resolve;
    this.#heardAtMs = parts.clock.nowMs();
    this.#subscription = parts.subscriber.subscribe(parts.inbox, (message) => {
      this.#receive(message);
    });
    this.#stopWatching = parts.clock.every(heartbeatMs, () => {
      const isSilent = parts.clock.nowMs() - this.#heardAtMs > silenceLimitMs;
      if (this.#outstanding > 0 && isSilent) void this.end('the server is silent');
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

  /** Nothing is pulled any more. Resolves when all that was on its way has been delivered. */
  async end(reason: string): Promise<void> {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#stopWatching();
    this.#end(reason);
    await this.#subscription.drain().catch(() => undefined);
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
    else void this.end(`${code} ${description}`);
  }
}
