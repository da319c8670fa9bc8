import type { JetStreamClient } from '@nats-io/jetstream';
import {
  consumedName,
  deadLetterHeaders,
  deadLetterSubject,
  letterOwner,
  type ConsumedEvent,
} from '@weir/contracts/durable-consumers';
import type { FaultCode } from '@weir/contracts/faults';
import type { Clock } from '../../../clock.ts';
import type { Logger } from '../../../logger.ts';
import type { Metrics } from '../../../metrics.ts';
import { withoutServerHeaders } from '../dead-letters.ts';
import type { JetStreamApi } from '../jetstream-api.ts';
import type { PulledMessage } from './pulled-message.ts';
import type { DeadEvent } from './read-events.ts';

interface DeadLetterWriterParts {
  readonly service: string;
  readonly client: JetStreamClient;
  readonly api: JetStreamApi;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** What tells a consumer in metrics. One without a name of its own has no label `consumer`. */
export function consumerLabels({ name, as }: Pick<ConsumedEvent, 'name' | 'as'>) {
  return { event: name, ...(as !== undefined && { consumer: as }) };
}

/** Keeps what a service could not handle. Each dead letter is counted, and logged without a word of what is in it. */
export class DeadLetterWriter {
  readonly #parts: DeadLetterWriterParts;
  readonly #letters;

  constructor(parts: DeadLetterWriterParts) {
    this.#parts = parts;
    this.#letters = parts.metrics.counter({
      name: 'bus_dead_letters_total',
      help: 'Durable events that this service could not handle, and that are kept as dead letters.',
      labels: ['event', 'consumer', 'reason'],
    });
  }

  /** Resolves when JetStream has it. Rejects with a Fault where JetStream cannot be reached, or has no room left. */
  async write(event: ConsumedEvent, from: PulledMessage, dead: DeadEvent, reason: FaultCode): Promise<void> {
    const { service, client, api, clock, logger } = this.#parts;
    const owner = letterOwner(service, event);
    const { stream, streamSequence, deliveries, message } = from;
    const names = deadLetterHeaders;
    const headers = withoutServerHeaders(message.headers);
    headers.set('content-type', dead.contentType);
    const entries = {
      [names.service]: owner,
      [names.event]: event.name,
      [names.eventId]: dead.id ?? '',
      [names.reason]: reason,
      [names.deliveries]: String(deliveries),
      [names.time]: new Date(clock.nowMs()).toISOString(),
    };
    for (const [name, value] of Object.entries(entries)) headers.set(name, value);
    // One that was replayed, and dies again, keeps its first origin.
    if (stream === event.stream.name || !headers.has(names.stream)) {
      headers.set(names.stream, stream);
      headers.set(names.sequence, String(streamSequence));
      headers.set(names.subject, message.subject);
    }
    const subject = deadLetterSubject({ service: owner, event: event.name });
    const msgID = `${owner}-${event.name}-${stream}-${streamSequence}-${dead.index}`;
    await api.run('store a dead letter', () => client.publish(subject, dead.data, { headers, msgID }));
    this.#letters.inc({ ...consumerLabels(event), reason });
    logger.error(
      { event: consumedName(event), eventId: dead.id, reason, deliveries, stream, sequence: streamSequence },
      'a durable event could not be handled: it is kept as a dead letter',
    );
  }
}
