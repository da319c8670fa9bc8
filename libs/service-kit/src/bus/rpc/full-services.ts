import type { Clock } from '../../clock.ts';
import { Fault } from '../../fault.ts';

interface FullServicesParts {
  /** Whether an instance of the service says that it is full, by discovery. */
  readonly isFull: (service: string) => Promise<boolean>;
  readonly clock: Clock;
}

/** However many requests find nobody, discovery is asked once in this time. */
const heldForMs = 250;

/**
 * Tells a service that is full from one that is not there: either way nobody hears a request, since members that are full leave
 * their queue group.
 */
export class FullServices {
  readonly #parts: FullServicesParts;
  readonly #found = new Map<string, { readonly untilMs: number; readonly isFull: Promise<boolean> }>();

  constructor(parts: FullServicesParts) {
    this.#parts = parts;
  }

  /** The fault of a request that nobody has heard: `overloaded` where the service is full. Never rejects. */
  async faultOf(service: string): Promise<Fault> {
    return new Fault((await this.isFull(service)) ? 'overloaded' : 'service_unavailable');
  }

  /** Whether a service that nobody is heard of is full. Never rejects. */
  isFull(service: string): Promise<boolean> {
    const { clock, isFull } = this.#parts;
    const nowMs = clock.nowMs();
    let found = this.#found.get(service);
    if (!found || found.untilMs <= nowMs) {
      found = { untilMs: nowMs + heldForMs, isFull: isFull(service) };
      this.#found.set(service, found);
    }
    return found.isFull;
  }
}
