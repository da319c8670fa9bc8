import { randomUUID } from 'node:crypto';
import type { JetStreamClient } from '@nats-io/jetstream';
import { backoffMs } from '../../../backoff.ts';
import { waitUnlessAborted, type Clock } from '../../../clock.ts';
import type { Logger } from '../../../logger.ts';
import { onAbort } from '../../../on-abort.ts';
import type { BusConnection } from '../../connection/bus-connection.ts';
import type { JetStreamApi } from '../jetstream-api.ts';
import { ensureConsumer, type ConsumerSource } from './consumer-config.ts';
import { MessagePull } from './message-pull.ts';
import type { PulledMessage } from './pulled-message.ts';

export interface PullLoopParts {
  readonly source: ConsumerSource;
  /** A subject of this service's inbox below which nobody else listens. */
  readonly inbox: string;
  readonly connection: Pick<BusConnection, 'subscriber' | 'publisher'>;
  readonly client: JetStreamClient;
  readonly api: JetStreamApi;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The consumer is there: without a word within `ackWaitMs` its messages are delivered to another. */
  readonly onFound: (ackWaitMs: number) => void;
  readonly onMessage: (message: PulledMessage) => void;
  /** How many more messages are wanted now. */
  readonly wanted: () => number;
}

/** After a pull that has ended though the connection is there. */
const pauses = { firstMs: 100, longestMs: 5_000 };

/** A pull that has lasted so long did well, and the next is not made to wait for what came before. */
const longLastingMs = 60_000;

/** Keeps a pull going, over every loss of the connection, of the consumer and of its stream. */
export class PullLoop {
  readonly #parts: PullLoopParts;
  readonly #stopping = new AbortController();
  #pull: MessagePull | undefined;

  constructor(parts: PullLoopParts) {
    this.#parts = parts;
    void this.#run();
  }

  /** Something was taken: perhaps more is wanted. */
  wantMore(): void {
    this.#pull?.pull();
  }

  /** Resolves when all that was on its way has been delivered. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#pull?.stop();
  }

  async #run(): Promise<void> {
    const { source, api, clock, logger } = this.#parts;
    for (let failures = 0; ; failures++) {
      if (!(await this.#untilConsumerIsThere())) return;
      const beganAtMs = clock.nowMs();
      const reason = await this.#pullOnce();
      if (api.connectionLost.aborted || clock.nowMs() - beganAtMs > longLastingMs) failures = 0;
      else if (!this.#isOver)
        logger.warn(
          { consumer: source.name, stream: source.stream, reason },
          'a consumer is looked for anew',
        );
      await this.#pause(failures);
    }
  }

  get #isOver(): boolean {
    return this.#stopping.signal.aborted || this.#parts.api.isStopped;
  }

  /** Its stream may be created later, and by another service. Resolves to false when it is over before. */
  async #untilConsumerIsThere(): Promise<boolean> {
    const { source, api, client, onFound } = this.#parts;
    for (let failures = 0; !this.#isOver; failures++) {
      try {
        await api.attempt(`find the consumer ${source.name} of ${source.stream}`, async () => {
          const { consumers } = await client.jetstreamManager();
          onFound(await ensureConsumer(consumers, source));
        });
        return !this.#isOver;
      } catch {
        // It is told as a problem. Without a connection nothing was tried.
        if (api.connectionLost.aborted) failures = 0;
      }
      await this.#pause(failures);
    }
    return false;
  }

  async #pullOnce(): Promise<string> {
    const { source, inbox, connection, api, clock, onMessage, wanted } = this.#parts;
    const { subscriber, publisher } = connection;
    const { stream, name: consumer } = source;
    const pull = new MessagePull({
      stream,
      consumer,
      // A new one each time: what the last one still gets is not for this one, and nobody else can guess it.
      inbox: `${inbox}.${randomUUID()}`,
      subscriber,
      publisher,
      clock,
      onMessage,
      wanted,
    });
    this.#pull = pull;
    const forgetConnection = onAbort(api.connectionLost, () => {
      pull.end('the connection is lost');
    });
    pull.pull();
    const reason = await pull.ended;
    forgetConnection();
    return reason;
  }

  #pause(failures: number): Promise<void> {
    return waitUnlessAborted(backoffMs(failures, pauses), this.#stopping.signal, this.#parts.clock);
  }
}
