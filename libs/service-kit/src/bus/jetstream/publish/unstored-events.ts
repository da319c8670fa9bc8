import type { Clock } from '../../../clock.ts';
import { Fault } from '../../../fault.ts';
import type { EncodedEvent } from './cloud-event.ts';

interface Waiter {
  /** The newest event that it waits for. */
  readonly upTo: number;
  readonly resolve: () => void;
  readonly reject: (fault: Fault) => void;
}

/**
 * Whoever asks what has become of its events may have published them a while ago: for so long a lost one is remembered, which
 * is as long as a handler of durable events may take by default.
 */
const lossMemoryMs = 60_000;

/** The durable events that JetStream has not acknowledged yet, and who waits for them. */
export class UnstoredEvents {
  readonly #clock: Pick<Clock, 'nowMs'>;
  /** In the order in which they were published, each with its number. */
  readonly #numbers = new Map<EncodedEvent, number>();
  #waiters: Waiter[] = [];
  #newest = 0;
  #lostAtMs = -Infinity;
  #isAbandoned = false;

  constructor(clock: Pick<Clock, 'nowMs'>) {
    this.#clock = clock;
  }

  get count(): number {
    return this.#numbers.size;
  }

  add(event: EncodedEvent): void {
    this.#numbers.set(event, ++this.#newest);
  }

  /** JetStream has them. */
  stored(events: readonly EncodedEvent[]): void {
    for (const event of events) this.#numbers.delete(event);
    if (this.#waiters.length > 0) this.#resolveWaiters();
  }

  /** It was given up, perhaps before it was added. */
  lost(event: EncodedEvent): void {
    this.#lostAtMs = this.#clock.nowMs();
    const number = this.#numbers.get(event) ?? Infinity;
    this.#numbers.delete(event);
    this.#reject(new Fault('service_unavailable'), ({ upTo }) => upTo >= number);
    this.#resolveWaiters();
  }

  /** Nothing is stored any more. */
  abandon(): void {
    this.#isAbandoned = true;
    this.#reject(new Fault('bus_disconnected'), () => true);
  }

  /** See `Bus.durablePublished`. */
  allStored(): Promise<void> {
    const isLost = this.#clock.nowMs() - this.#lostAtMs < lossMemoryMs;
    if (this.#isAbandoned && (isLost || this.count > 0)) return Promise.reject(new Fault('bus_disconnected'));
    if (isLost) return Promise.reject(new Fault('service_unavailable'));
    if (this.count === 0) return Promise.resolve();
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    const settle = () => {
      resolve(undefined);
    };
    this.#waiters.push({ upTo: this.#newest, resolve: settle, reject });
    return promise;
  }

  #resolveWaiters(): void {
    const oldest = this.#numbers.values().next().value ?? Infinity;
    // They have come in the order of what they wait for.
    for (let first = this.#waiters[0]; first && first.upTo < oldest; first = this.#waiters[0]) {
      this.#waiters.shift();
      first.resolve();
    }
  }

  #reject(fault: Fault, isConcerned: (waiter: Waiter) => boolean): void {
    const concerned = this.#waiters.filter(isConcerned);
    this.#waiters = this.#waiters.filter((waiter) => !concerned.includes(waiter));
    for (const { reject } of concerned) reject(fault);
  }
}
