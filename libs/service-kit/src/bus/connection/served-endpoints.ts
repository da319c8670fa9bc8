import type { Msg } from '@nats-io/transport-node';
import type { CapacityShare } from '@weir/contracts/descriptors';
import { instanceSubject, isInbox } from '@weir/contracts/frames';
import { Fault } from '../../fault.ts';
import type { BatchingPublisher } from './batching-publisher.ts';
import { faultMessage, frameHeaders } from './message-headers.ts';
import type { KeptSubscription, Subscriber } from './subscriber.ts';

/** An endpoint that is answered. */
interface Served {
  readonly subject: string;
  readonly share: CapacityShare;
  readonly receive: (message: Msg) => void;
}

interface Membership extends Served {
  /** Of its queue group; undefined while it has left it. */
  membership: KeptSubscription | undefined;
}

interface ServedEndpointsParts {
  /** By which it is asked alone: see `instanceSubject`. */
  readonly id: string;
  /** The name of its queue groups. */
  readonly queue: string;
  readonly subscriber: Pick<Subscriber, 'subscribe'>;
  readonly publisher: Pick<BatchingPublisher, 'trySend'>;
  readonly isConnected: () => boolean;
}

/** What a connection is asked: as a member of a queue group for each endpoint, and alone. */
export class ServedEndpoints {
  readonly #parts: ServedEndpointsParts;
  readonly #served: Membership[] = [];
  /** Those whose queue groups it is no member of. */
  readonly #left = new Set<CapacityShare>();

  constructor(parts: ServedEndpointsParts) {
    this.#parts = parts;
  }

  serve(endpoint: Served): void {
    const { subscriber, publisher, id } = this.#parts;
    const { subject, share, receive } = endpoint;
    const served: Membership = { ...endpoint, membership: undefined };
    this.#served.push(served);
    // One that has left its queue group, since it is full or stops, takes nothing here either.
    subscriber.subscribe(instanceSubject(subject, id), (message) => {
      const { reply } = message;
      if (served.membership) receive(message);
      else if (reply && isInbox(reply))
        publisher.trySend(faultMessage(reply, new Fault('overloaded'), frameHeaders('fault', 0)));
    });
    if (!this.#left.has(share)) this.join(share);
  }

  /** Becomes a member of its queue groups of that share again. */
  join(share: CapacityShare): void {
    const { subscriber, queue } = this.#parts;
    this.#left.delete(share);
    for (const served of this.#served) {
      const { subject, receive } = served;
      if (served.share === share) served.membership ??= subscriber.subscribe(subject, receive, { queue });
    }
  }

  /** Leaves its queue groups of that share. Resolves when all that was already on its way has arrived. */
  async leave(share: CapacityShare): Promise<void> {
    this.#left.add(share);
    const left = this.#served.filter((served) => served.share === share);
    const memberships = left.flatMap(({ membership }) => membership ?? []);
    for (const served of left) served.membership = undefined;
    if (this.#parts.isConnected()) await Promise.all(memberships.map((membership) => membership.drain()));
    // Nothing is on its way, and the client would make them anew when the connection is back.
    else for (const membership of memberships) membership.unsubscribe();
  }
}
