import type { DurableEvent, DurableStream } from './descriptors.ts';

/** The name of the pull consumer that all replicas of a service share: `cost-usage-attempted`. */
export function consumerName(service: string, event: Pick<DurableEvent, 'name'>): string {
  return `${service}-${event.name.replaceAll('.', '-')}`;
}

/**
 * Keeps the events that a service could not handle, and hands those that an operator replays back to that service. A
 * work queue: what is acknowledged is gone, and a dead letter, which no consumer reads, stays until it is deleted.
 */
export const deadLetterStream: DurableStream = {
  name: 'WEIR_DEAD_LETTERS',
  subjects: ['weir.v1.dead-letters.>', 'weir.v1.replays.>'],
};

/** `weir.v1.dead-letters.cost.usage.attempted`; without a service or an event, the subjects of all of them. */
export function deadLetterSubject({ service, event }: { service?: string; event?: string } = {}): string {
  return `weir.v1.dead-letters.${service ?? '*'}.${event ?? '>'}`;
}

/** Where a replayed event reaches the one service that could not handle it: no other consumer gets it again. */
export function replaySubject({ service, event }: { service: string; event: string }): string {
  return `weir.v1.replays.${service}.${event}`;
}

/** What a dead letter's headers say of it. The event's own headers stand beside them. */
export const deadLetterHeaders = {
  service: 'Weir-Dead-Letter-Service',
  event: 'Weir-Dead-Letter-Event',
  /** The id of the event, where it could be read. */
  eventId: 'Weir-Dead-Letter-Event-Id',
  /** A fault's code, and never a part of the event. */
  reason: 'Weir-Dead-Letter-Reason',
  deliveries: 'Weir-Dead-Letter-Deliveries',
  /** ISO 8601. */
  time: 'Weir-Dead-Letter-Time',
  /** Where it was stored before it was given up for the first time. */
  stream: 'Weir-Dead-Letter-Stream',
  sequence: 'Weir-Dead-Letter-Sequence',
  subject: 'Weir-Dead-Letter-Subject',
} as const;

/** The subjects that a service publishes to in order to create a stream, and to see whether it is there. */
export function streamCreatorSubjects({ name }: Pick<DurableStream, 'name'>): string[] {
  return [`$JS.API.STREAM.CREATE.${name}`, `$JS.API.STREAM.INFO.${name}`];
}

/**
 * The subjects that a service publishes to in order to consume a durable event. Messages come to its own inbox, so it
 * subscribes to nothing else. It can neither delete a consumer or a message nor read what others consume.
 */
export function consumerSubjects(
  service: string,
  event: Pick<DurableEvent, 'name' | 'subject' | 'stream'>,
): string[] {
  const name = consumerName(service, event);
  const pull = (stream: string, filter: string) => [
    `$JS.API.CONSUMER.CREATE.${stream}.${name}.${filter}`,
    `$JS.API.CONSUMER.INFO.${stream}.${name}`,
    `$JS.API.CONSUMER.MSG.NEXT.${stream}.${name}`,
    `$JS.ACK.${stream}.${name}.>`,
  ];
  return [
    ...pull(event.stream.name, event.subject),
    ...pull(deadLetterStream.name, replaySubject({ service, event: event.name })),
    ...streamCreatorSubjects(deadLetterStream),
    deadLetterSubject({ service, event: event.name }),
  ];
}

/** The subjects that an operator publishes to in order to list, to replay and to delete dead letters. */
export function deadLetterOperatorSubjects(): string[] {
  const { name } = deadLetterStream;
  return [
    `$JS.API.STREAM.INFO.${name}`,
    `$JS.API.STREAM.MSG.GET.${name}`,
    `$JS.API.STREAM.MSG.DELETE.${name}`,
    'weir.v1.replays.>',
  ];
}
