import type { LookupAddress } from 'node:dns';
import { Resolver } from 'node:dns/promises';

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
