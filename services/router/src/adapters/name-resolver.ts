import type { LookupAddress } from 'node:dns';
import { Fault } from '@weir/service-kit/fault';
import { resolveByDns, type Resolve } from './resolve-by-dns.ts';
import { WaitLimit } from './wait-limit.ts';

interface NameResolverParts {
  /** By default the DNS servers of the system are asked. */
  readonly resolve?: Resolve | undefined;
  /** How many names are looked up at the same time. */
  readonly maxUnderWay?: number;
}

interface LookUp {
  readonly found: ReturnType<Resolve>;
  readonly controller: AbortController;
  waiting: number;
}

/** Longer than DNS takes where it answers at all: a name whose servers are silent must not take up its place for long. */
const maxLookUpMs = 3_000;

/**
 * Resolves the names that callers bring. The system's own look-up would do so in threads that are few and that everything
 * shares: names whose servers do not answer would keep the operator's own providers from being found. Here a look-up is
 * a pair of sockets, and there are only so many. Who asks for the same name at the same time shares one.
 */
export class NameResolver {
  readonly #resolve: Resolve;
  readonly #maxUnderWay: number;
  readonly #underWay = new Map<string, LookUp>();

  constructor({ resolve = resolveByDns(), maxUnderWay = 64 }: NameResolverParts = {}) {
    this.#resolve = resolve;
    this.#maxUnderWay = maxUnderWay;
  }

  /** Throws a Fault where too much is being looked up, and any other error where the name is not found in time. */
  async find(hostname: string, limitMs: number): Promise<readonly LookupAddress[]> {
    const lookUp = this.#underWay.get(hostname) ?? this.#begin(hostname);
    lookUp.waiting++;
    const { promise: exceeded, reject } = Promise.withResolvers<never>();
    const limit = new WaitLimit(Math.min(limitMs, maxLookUpMs), () => {
      reject(new Error('It was not found in time'));
    });
    try {
      return await Promise.race([lookUp.found, exceeded]);
    } finally {
      limit.end();
      if (--lookUp.waiting === 0) {
        this.#underWay.delete(hostname);
        lookUp.controller.abort();
      }
    }
  }

  #begin(hostname: string): LookUp {
    if (this.#underWay.size >= this.#maxUnderWay) {
      throw new Fault('upstream_unreachable', { cause: new Error('Too many names are being looked up') });
    }
    const controller = new AbortController();
    const lookUp = { found: this.#resolve(hostname, controller.signal), controller, waiting: 0 };
    this.#underWay.set(hostname, lookUp);
    return lookUp;
  }
}
