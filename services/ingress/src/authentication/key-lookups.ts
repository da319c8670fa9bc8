import type { Envelope } from '@weir/contracts/envelope';
import type { Clock } from '@weir/service-kit/clock';
import { Fault } from '@weir/service-kit/fault';
import type { RequestHead } from '../admission.ts';

interface LookupParts<Known> {
  /** One hop, to whoever has the keys' tables. */
  readonly ask: (id: string, envelope: Envelope) => Promise<Known | undefined>;
  readonly clock: Clock;
  readonly count: (outcome: LookupOutcome) => void;
}

export type LookupOutcome = 'found' | 'unknown' | 'failed' | 'overloaded';

/** Enough for what new keys and a restart bring, and too few to burden a database. */
export const maxLookups = 64;

/** An answer that was on its way for longer may no longer be true, and nobody may act on it a second after. */
const lookupTimeoutMs = 900;

/** Looks up keys that the copy does not know: for all who ask for the same at once by one hop, and only so many at once. */
export class KeyLookups<Known> {
  readonly #parts: LookupParts<Known>;
  readonly #asking = new Map<string, Promise<Known | undefined>>();

  constructor(parts: LookupParts<Known>) {
    this.#parts = parts;
  }

  /** Rejects where nobody can say, and never with a fault that would be the caller's. */
  find(id: string, head: RequestHead): Promise<Known | undefined> {
    const asking = this.#asking.get(id);
    if (asking) return asking;
    if (this.#asking.size >= maxLookups) {
      this.#parts.count('overloaded');
      return Promise.reject(new Fault('overloaded'));
    }
    const asked = this.#ask(id, head).finally(() => {
      this.#asking.delete(id);
    });
    this.#asking.set(id, asked);
    return asked;
  }

  async #ask(
    id: string,
    { responseWriter: { requestId, traceparent } }: RequestHead,
  ): Promise<Known | undefined> {
    const { ask, clock, count } = this.#parts;
    const deadlineAtMs = clock.nowMs() + lookupTimeoutMs;
    try {
      const found = await ask(id, { requestId, tenant: 'default', traceparent, deadlineAtMs });
      count(found === undefined ? 'unknown' : 'found');
      return found;
    } catch (thrown) {
      count('failed');
      const fault = Fault.from(thrown);
      throw fault.status === 503 ? fault : new Fault('service_unavailable', { cause: fault });
    }
  }
}
