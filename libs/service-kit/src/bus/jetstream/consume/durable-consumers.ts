import type { JetStreamClient } from '@nats-io/jetstream';
import {
  consumedAs,
  consumedName,
  consumerName,
  deadLetterStream,
  letterOwner,
  replaySubject,
  type ConsumedEvent,
} from '@weir/contracts/durable-consumers';
import type { DurableEvent } from '@weir/contracts/descriptors';
import type { Clock } from '../../../clock.ts';
import type { Logger } from '../../../logger.ts';
import type { Metrics } from '../../../metrics.ts';
import type { ConsumeOptions, ConsumerPosition, DurableHandler } from '../../bus.ts';
import type { BusConnection } from '../../connection/bus-connection.ts';
import type { JetStreamApi } from '../jetstream-api.ts';
import { BatchHandler } from './batch-handler.ts';
import { ConsumerMonitor, readPosition } from './consumer-monitor.ts';
import { consumerLabels, DeadLetterWriter } from './dead-letter-writer.ts';
import { DurableConsumer } from './durable-consumer.ts';

interface DurableConsumersParts {
  readonly service: string;
  /** This process among the service's instances. */
  readonly instance: string;
  readonly connection: Pick<BusConnection, 'subscriber' | 'publisher' | 'inboxPrefix'>;
  readonly client: JetStreamClient;
  readonly api: JetStreamApi;
  /** Creates the stream of the dead letters where it is not there. Rejects only when the API is stopped. */
  readonly ensureLetterStream: () => Promise<void>;
  /** A dead letter could not be stored: perhaps its stream has gone. */
  readonly onLetterNotStored: () => void;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

interface Consumption {
  readonly event: ConsumedEvent;
  readonly monitor: ConsumerMonitor;
  readonly failsReadiness: boolean;
  /** One for its event's stream and one for the replays of its dead letters; none yet while there is nowhere to keep those. */
  consumers: readonly Pick<DurableConsumer<DurableEvent>, 'stop'>[];
}

/** The durable events that this service consumes. */
export class DurableConsumers {
  readonly #parts: DurableConsumersParts;
  readonly #letters: DeadLetterWriter;
  readonly #consumptions: Consumption[] = [];
  readonly #cut = new AbortController();
  #lettersAreKept: Promise<void> | undefined;
  #isStopped = false;

  constructor(parts: DurableConsumersParts) {
    this.#parts = parts;
    this.#letters = new DeadLetterWriter(parts);
    const gauge = (name: string, help: string, read: (monitor: ConsumerMonitor) => number) =>
      parts.metrics.gaugeBy({ name, help, labels: ['event', 'consumer'] }, () =>
        this.#consumptions.map(({ event, monitor }) => [consumerLabels(event), read(monitor)]),
      );
    gauge('bus_consumer_pending', 'Messages that no replica was given yet.', ({ pending }) => pending);
    gauge(
      'bus_consumer_ack_pending',
      'Messages that replicas hold, or that come again.',
      ({ ackPending }) => ackPending,
    );
    gauge(
      'bus_consumer_stalled_seconds',
      'For how long messages have waited without one being acknowledged; 0 where none waits.',
      ({ stalledMs }) => stalledMs / 1000,
    );
  }

  /** Consumers that lag, and by their service's choice make it unready, in words for an operator. */
  get missing(): string[] {
    return this.#consumptions
      .filter(({ failsReadiness, monitor }) => failsReadiness && monitor.isLagging)
      .map(({ event }) => `what has gathered of ${consumedName(event)}`);
  }

  consume<E extends DurableEvent>(
    consumed: E,
    handler: DurableHandler<E>,
    { as, ...options }: ConsumeOptions = {},
  ): void {
    const event = consumedAs(consumed, as);
    const { service, instance, connection, clock, logger } = this.#parts;
    const {
      maxEvents = 1_000,
      concurrency = 1,
      maxDeliveries = 8,
      redelivery = { firstMs: 1_000, longestMs: 60_000 },
      handlerTimeoutMs = 60_000,
      lag = {},
    } = options;
    const name = consumerName(service, event);
    const monitor = this.#monitor(event, name, lag);
    const batches = new BatchHandler({
      event,
      handler,
      limits: { maxDeliveries, redelivery, handlerTimeoutMs },
      letters: this.#letters,
      cut: this.#cut.signal,
      clock,
      logger,
      onHandled: () => {
        monitor.progress();
      },
      onLetterNotStored: this.#parts.onLetterNotStored,
    });
    const consumerOf = (stream: string, subject: string) =>
      new DurableConsumer({
        ...this.#parts,
        event,
        source: { stream, subject, name },
        inbox: `${connection.inboxPrefix}.${instance}-pull.${stream}.${name}`,
        maxEvents,
        concurrency,
        batches,
        cut: () => {
          this.#cut.abort();
        },
      });
    const consumption: Consumption = {
      event,
      monitor,
      failsReadiness: lag.failsReadiness ?? false,
      consumers: [],
    };
    this.#consumptions.push(consumption);
    this.#whenLettersAreKept(() => {
      consumption.consumers = [
        consumerOf(event.stream.name, event.subject),
        consumerOf(
          deadLetterStream.name,
          replaySubject({ service: letterOwner(service, event), event: event.name }),
        ),
      ];
    });
  }

  /** See `Bus.consumerPosition`. */
  position(consumed: DurableEvent, { as }: Pick<ConsumeOptions, 'as'> = {}): Promise<ConsumerPosition> {
    const { service, client, api } = this.#parts;
    const [stream, name] = [consumed.stream.name, consumerName(service, consumedAs(consumed, as))];
    return api.run(`read the position of ${name}`, async () =>
      readPosition(await client.jetstreamManager(), stream, name),
    );
  }

  async stop(untilMs: number): Promise<void> {
    this.#isStopped = true;
    const all = this.#consumptions;
    await Promise.all(all.flatMap(({ consumers }) => consumers.map((consumer) => consumer.stop(untilMs))));
    for (const { monitor } of all) monitor.stop();
  }

  /** What could not be kept is not consumed. */
  #whenLettersAreKept(start: () => void): void {
    this.#lettersAreKept ??= this.#parts.ensureLetterStream();
    this.#lettersAreKept.then(
      () => {
        if (!this.#isStopped) start();
      },
      // It rejects only once the bus is drained.
      () => undefined,
    );
  }

  #monitor(event: ConsumedEvent, name: string, lag: NonNullable<ConsumeOptions['lag']>): ConsumerMonitor {
    const { client, clock, logger } = this.#parts;
    const { maxPending = 10_000, maxStalledMs = 180_000 } = lag;
    const readInfo = async () => {
      const { consumers } = await client.jetstreamManager();
      return consumers.info(event.stream.name, name).catch(() => undefined);
    };
    return new ConsumerMonitor({
      event: consumedName(event),
      maxPending,
      maxStalledMs,
      clock,
      logger,
      readInfo,
    });
  }
}
