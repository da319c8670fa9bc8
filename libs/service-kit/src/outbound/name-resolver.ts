import type { LookupAddress } from 'node:dns';
import { Fault } from '../fault.ts';
import { TimeoutTimer } from './timeout-timer.ts';
import { Resolver } from 'node:dns/promises';

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
  async resolve(hostname: string, limitMs: number): Promise<readonly LookupAddress[]> {
    const lookUp = this.#underWay.get(hostname) ?? this.#begin(hostname);
    lookUp.waiting++;
    const { promise: exceeded, reject } = Promise.withResolvers<never>();
    const limit = new TimeoutTimer(Math.min(limitMs, maxLookUpMs), () => {
      reject(new Error('It was not found in time'));
    });
    try {
      return await Promise.race([lookUp.found, exceeded]);
    } finally {
      limit.clear();
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

/** Finds all addresses of a name. It throws where there are none, and ends soon once the signal strikes. */
export type Resolve = (hostname: string, signal: AbortSignal) => Promise<readonly LookupAddress[]>;

interface DnsParts {
  /** By default those of the system, as they are at the time. */
  readonly servers?: readonly string[];
}

/** After how long a server is asked once more, or the next one: one lost packet is not the end. */
const timeout = 1_000;
const tries = 2;

/** Asks DNS alone, without a thread: neither `/etc/hosts` nor search domains lead a caller's name into the operator's network. */
export function resolveByDns({ servers }: DnsParts = {}): Resolve {
  return async (hostname, signal) => {
    // One for each look-up: to cancel is to cancel all that a resolver does.
    const resolver = new Resolver({ timeout, tries });
    if (servers) resolver.setServers(servers);
    const cancel = () => {
      resolver.cancel();
    };
    signal.addEventListener('abort', cancel);
    const answers = await Promise.allSettled([
      withFamily(4, resolver.resolve4(hostname)),
      withFamily(6, resolver.resolve6(hostname)),
    ]);
    signal.removeEventListener('abort', cancel);
    const addresses = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
    if (addresses.length > 0) return addresses;
    const [failed] = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer] : []));
    throw new Error('It has no address', { cause: failed?.reason });
  };
}

async function withFamily(family: 4 | 6, found: Promise<string[]>): Promise<LookupAddress[]> {
  return (await found).map((address) => ({ address, family }));
}
