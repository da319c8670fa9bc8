import type { DurableEvent, DurableStream } from './descriptors.ts';

/**
 * A durable event as a manifest lists it under `consumes`. A service may consume an event by several consumers, each of which
 * gets every event and has its own lag, dead letters and replays: all but one of them have a name of their own, which
 * {@link consumedAs} gives.
 */
export type ConsumedEvent = DurableEvent & {
  readonly as?: string;
};

/** An event as the consumer of this name gets it; without a name, as the service's only one does. */
export function consumedAs<E extends DurableEvent>(event: E, as?: string): E & ConsumedEvent {
  if (as === undefined) return event;
  if (/^[a-z][a-z0-9]*$/.test(as)) return { ...event, as };
  throw new Error(`"${as}" is no name of a consumer: it must be lower case letters and digits`);
}

type ConsumerId = Pick<ConsumedEvent, 'name' | 'as'>;

/** The name of the pull consumer that all replicas of a service share: `cost-usage-attempted`, `cost-ledger-usage-attempted`. */
export function consumerName(service: string, event: ConsumerId): string {
  return `${letterOwner(service, event)}-${event.name.replaceAll('.', '-')}`;
}

/** Whose an event's dead letters and their replays are: `cost`, or, of its consumer with a name of its own, `cost-ledger`. */
export function letterOwner(service: string, { as }: Pick<ConsumedEvent, 'as'>): string {
  return as === undefined ? service : `${service}-${as}`;
}

/** `usage.attempted`, or `usage.attempted as ledger`: a consumer among those of its service, in words. */
export function consumedName({ name, as }: ConsumerId): string {
  return as === undefined ? name : `${name} as ${as}`;
}

/**
 * Keeps the events that a service could not handle, and hands those that an operator replays back to that service. A
 * work queue: what is acknowledged is gone, and a dead letter, which no consumer reads, stays until it is deleted.
 */
export const deadLetterStream: DurableStream = {
  name: 'WEIR_DEAD_LETTERS',
  subjects: ['weir.v1.dead-letters.>', 'weir.v1.replays.>'],
};

/**
 * `weir.v1.dead-letters.cost.usage.attempted`; without a service or an event, the subjects of all of them. `service` is a
 * letter's owner: see {@link letterOwner}.
 */
export function deadLetterSubject({ service, event }: { service?: string; event?: string } = {}): string {
  return `weir.v1.dead-letters.${service ?? '*'}.${event ?? '>'}`;
}

/** Where a replayed event reaches the one consumer that could not handle it: no other gets it again. `service` is the letter's owner. */
export function replaySubject({ service, event }: { service: string; event: string }): string {
  return `weir.v1.replays.${service}.${event}`;
}

/** What a dead letter's headers say of it. The event's own headers stand beside them. */
export const deadLetterHeaders = {
  /** Its owner: see {@link letterOwner}. */
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
 * subscribes to nothing else. It sees how far its stream has come, and can neither delete a consumer or a message nor read what others consume.
 */
export function consumerSubjects(
  service: string,
  event: Pick<ConsumedEvent, 'name' | 'as' | 'subject' | 'stream'>,
): string[] {
  const name = consumerName(service, event);
  const owner = letterOwner(service, event);
  const pull = (stream: string, filter: string) => [
    `$JS.API.CONSUMER.CREATE.${stream}.${name}.${filter}`,
    `$JS.API.CONSUMER.INFO.${stream}.${name}`,
    `$JS.API.CONSUMER.MSG.NEXT.${stream}.${name}`,
    `$JS.ACK.${stream}.${name}.>`,
  ];
  return [
    ...pull(event.stream.name, event.subject),
    `$JS.API.STREAM.INFO.${event.stream.name}`,
    ...pull(deadLetterStream.name, replaySubject({ service: owner, event: event.name })),
    ...streamCreatorSubjects(deadLetterStream),
    deadLetterSubject({ service: owner, event: event.name }),
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
