import type { Msg } from '@nats-io/transport-node';
import type { KeptSubscription, Subscriber } from './subscriber.ts';

interface RenewableSubscriptionParts {
  subscriber: Subscriber;
  /** What its name begins with; a number that grows with each renewal follows. */
  prefix: string;
  /** What follows the name in the subject that is subscribed to: `.*` for all that lies below it. */
  suffix: '' | '.*';
  receive: (message: Msg) => void;
}

/** A subscription whose subject changes when the connection is lost, so that peers notice that the old one has no subscriber. */
export class RenewableSubscription {
  readonly #parts: RenewableSubscriptionParts;
  #epoch = 0;
  #subscription: KeptSubscription;

  constructor(parts: RenewableSubscriptionParts) {
    this.#parts = parts;
    this.#subscription = this.#subscribe();
  }

  get name(): string {
    return `${this.#parts.prefix}-${this.#epoch}`;
  }

  get subject(): string {
    return this.#subscription.subject;
  }

  /** The connection is lost: begins anew under another name. */
  renew(): void {
    this.#subscription.unsubscribe();
    this.#epoch++;
    this.#subscription = this.#subscribe();
  }

  #subscribe(): KeptSubscription {
    const { subscriber, suffix, receive } = this.#parts;
    return subscriber.subscribe(this.name + suffix, receive);
  }
}
