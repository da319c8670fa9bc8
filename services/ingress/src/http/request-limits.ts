import type { ServerResponse } from 'node:http';
import { ConcurrencyLimit } from '@weir/service-kit/bus/rpc/concurrency-limit';
import { Fault } from '@weir/service-kit/fault';

/** Requests that compete for the same places: a flood of completions takes none from whoever looks what is wrong. */
export type RequestShare = 'completions' | 'models' | 'operations';

/** A list of models and the admin API each have a tenth of what completions have, and some at least. */
const tenthOf = (maxInFlight: number) => Math.max(16, Math.ceil(maxInFlight / 10));

/** How many requests are answered at once, by share. What is beyond that is refused at once, before anything of it is looked at. */
export class RequestLimits {
  readonly #limits: Readonly<Record<RequestShare, ConcurrencyLimit>>;

  constructor({ maxInFlight }: { maxInFlight: number }) {
    const limit = (max: number) =>
      new ConcurrencyLimit({ max, onFull: () => undefined, onRoom: () => undefined });
    this.#limits = {
      completions: limit(maxInFlight),
      models: limit(tenthOf(maxInFlight)),
      operations: limit(tenthOf(maxInFlight)),
    };
  }

  /** Whether it answers as many completions as it may. */
  get isFull(): boolean {
    return this.#limits.completions.isFull;
  }

  /** Takes a place until the response is closed. Returns the fault where there is none left. */
  admit(share: RequestShare, response: ServerResponse): Fault | undefined {
    const limit = this.#limits[share];
    if (!limit.acquire()) return new Fault('overloaded');
    response.once('close', () => {
      limit.release();
    });
    return undefined;
  }
}
