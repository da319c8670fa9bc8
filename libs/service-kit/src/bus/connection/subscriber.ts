import type { Msg, NatsConnection, Subscription } from '@nats-io/transport-node';
import type { Logger } from '../../logger.ts';

interface SubscriberParts {
  connection: NatsConnection;
  logger: Logger;
}

/**
 * Makes a connection's subscriptions. The client calls back from within its read loop, so that one exception would
 * leave the whole connection deaf: here it is logged, and the next message comes.
 */
export class Subscriber {
  /** Subjects that the server has refused to this service. */
  readonly denied = new Set<string>();
  readonly #parts: SubscriberParts;

  constructor(parts: SubscriberParts) {
    this.#parts = parts;
  }

  subscribe(
    subject: string,
    receive: (message: Msg) => void,
    options: { queue?: string } = {},
  ): Subscription {
    const { connection, logger } = this.#parts;
    return connection.subscribe(subject, {
      ...options,
      callback: (error, message) => {
        if (error) {
          this.denied.add(subject);
          logger.error({ err: error, subject }, 'a subscription failed');
        } else
          this.guard(() => {
            receive(message);
          }, subject);
      },
    });
  }

  /** Runs what must not throw into the client or a timer. What it throws is logged and returned. */
  guard(task: () => void, subject: string): { thrown: unknown } | undefined {
    try {
      task();
      return undefined;
    } catch (thrown) {
      this.#parts.logger.error({ err: thrown, subject }, 'a message or a time-out could not be handled');
      return { thrown };
    }
  }
}
