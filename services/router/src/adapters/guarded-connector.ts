import { lookup as lookUpInSystem, type LookupAddress } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { Fault } from '@weir/service-kit/fault';
import type { HostPolicy } from '../domain/host-policy.ts';
import { isPublicAddress } from '../domain/public-address.ts';
import { createConnector, type Connector } from './connector.ts';

interface GuardedConnectorParts {
  /** `https://llm.example.com:8443`: it connects nowhere else. */
  readonly origin: string;
  readonly timeoutMs: number;
  readonly hostPolicy: HostPolicy;
  /** Resolves names; by default the system does. */
  readonly lookup?: LookupFunction | undefined;
  /** Which addresses may be connected to; tests have no public ones. */
  readonly isPublic?: (address: string) => boolean;
}

/**
 * Opens connections to a host that a config has named. They lead to public addresses only, whatever the name resolves to
 * now, unless the operator allows the host. A refusal is the same whether anybody listens at the address or not, and does
 * not tell the address: callers could map a private network with it.
 */
export function createGuardedConnector(parts: GuardedConnectorParts): Connector {
  const { origin, timeoutMs, hostPolicy, lookup = lookUpInSystem, isPublic = isPublicAddress } = parts;
  const url = new URL(origin);
  if (hostPolicy.allows(url)) return createConnector({ timeoutMs, lookup });

  const connect = createConnector({
    timeoutMs,
    lookup: createPublicLookup(lookup, isPublic),
    refuse: (address) => (address !== undefined && isPublic(address) ? undefined : refusal(address)),
  });
  return (options, callback) => {
    // An address is not looked up, so it is checked here; and whoever sends a key without TLS shows it to everybody.
    const isAddress = isIP(options.hostname) !== 0;
    if (options.protocol === 'https:' && (!isAddress || isPublic(options.hostname))) {
      connect(options, callback);
    } else {
      queueMicrotask(() => {
        callback(refusal(options.hostname), null);
      });
    }
  };
}

/** Finds the public ones among a name's addresses. Where there are others only, the name is refused. */
function createPublicLookup(lookup: LookupFunction, isPublic: (address: string) => boolean): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, found) => {
      if (error) {
        callback(error, []);
        return;
      }
      const addresses = Array.isArray(found) ? found : [toLookupAddress(found)];
      const [first, ...others] = addresses.filter(({ address }) => isPublic(address));
      if (!first) callback(refusal(addresses.map(({ address }) => address).join(', ')), []);
      else if (options.all) callback(null, [first, ...others]);
      else callback(null, first.address, first.family);
    });
  };
}

function toLookupAddress(address: string): LookupAddress {
  return { address, family: isIP(address) };
}

/** The address is for the log. */
function refusal(address: string | undefined): Fault {
  return new Fault('host_not_allowed', { cause: new Error(`It is at ${address ?? 'no address'}`) });
}
