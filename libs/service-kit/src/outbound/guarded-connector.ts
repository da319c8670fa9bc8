import type { LookupAddress } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { Fault } from '../fault.ts';
import { ownShortage } from '../own-shortage.ts';
import type { HostPolicy } from './host-policy.ts';
import { isPublicAddress } from './public-address.ts';
import { createConnector, type Connector, type Destination } from './connector.ts';
import type { NameResolver } from './name-resolver.ts';

interface GuardedConnectorParts {
  /** `https://llm.example.com:8443`: it connects nowhere else. */
  readonly origin: string;
  /** For the look-up of the name, the connection and TLS together. */
  readonly timeoutMs: number;
  readonly hostPolicy: HostPolicy;
  /** Resolves names that nobody but a config answers for. */
  readonly names: NameResolver;
  /** Resolves those that the operator allows; by default the system does. */
  readonly lookup?: LookupFunction | undefined;
  /** Which addresses may be connected to; tests have no public ones. */
  readonly isPublic?: (address: string) => boolean;
}

/**
 * Opens connections to a host that a config has named. They lead to public addresses only, whatever the name resolves to
 * now, unless the operator allows the host. The fault is the same whether anybody listens at the address or not, whether
 * the name exists or not, and does not tell the address: callers could map a private network with it.
 */
export function createGuardedConnector(parts: GuardedConnectorParts): Connector {
  const { origin, timeoutMs, hostPolicy, names, lookup, isPublic = isPublicAddress } = parts;
  if (hostPolicy.allows(new URL(origin))) return createConnector({ timeoutMs, lookup });

  const connect = createConnector({
    timeoutMs,
    blocked: (address) => (address !== undefined && isPublic(address) ? undefined : blockedFault(address)),
  });
  return (options, callback) => {
    findPublic(options, { names, timeoutMs, isPublic }).then(
      (destination) => {
        connect(options, callback, destination);
      },
      (thrown: unknown) => {
        callback(Fault.from(thrown), null);
      },
    );
  };
}

type FindParts = Required<Pick<GuardedConnectorParts, 'names' | 'timeoutMs' | 'isPublic'>>;

/** Finds a host's public addresses. Where it has none, the host is blocked. */
async function findPublic(
  { hostname, protocol }: Parameters<Connector>[0],
  { names, timeoutMs, isPublic }: FindParts,
): Promise<Destination> {
  // Whoever sends a key without TLS shows it to everybody.
  if (protocol !== 'https:') throw blockedFault(hostname);
  const startedAtMs = performance.now();
  const family = isIP(hostname);
  const found = family === 0 ? await find(hostname, names, timeoutMs) : [{ address: hostname, family }];
  const addresses = found.filter(({ address }) => isPublic(address));
  if (addresses.length === 0) throw blockedFault(found.map(({ address }) => address).join(', '));
  return { addresses, timeoutMs: Math.max(1, timeoutMs - (performance.now() - startedAtMs)) };
}

/** A name that is not found is blocked like one that leads to a private address. Where it cannot be looked up at all, that is our own affair. */
async function find(
  hostname: string,
  names: NameResolver,
  limitMs: number,
): Promise<readonly LookupAddress[]> {
  try {
    return await names.resolve(hostname, limitMs);
  } catch (thrown) {
    if (thrown instanceof Fault) throw thrown;
    throw new Fault(ownShortage(thrown) ? 'resource_exhausted' : 'host_not_allowed', { cause: thrown });
  }
}

/** The address is for the log. */
function blockedFault(address: string | undefined): Fault {
  return new Fault('host_not_allowed', { cause: new Error(`It is at ${address ?? 'no address'}`) });
}
