import { BlockList, isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/** What stands in the place of an address that is none: nobody's. */
const unknownAddress = 'unknown';

/** A client's address in the one form in which addresses are compared: IPv4 that came as IPv6 is IPv4, without a zone. */
export function clientAddress(ip: string | undefined): string {
  const [address = ''] = (ip ?? '').split('%');
  return isIP(address) === 0 ? unknownAddress : ipaddr.process(address).toString();
}

/** What counts as one client where addresses are counted: who has one of IPv6 has its whole network of 64 bits. */
export function clientNetwork(address: string): string {
  if (isIP(address) !== 6) return address;
  const { parts } = ipaddr.IPv6.parse(address);
  return `${parts
    .slice(0, 4)
    .map((part) => part.toString(16))
    .join(':')}::/64`;
}

/** One for each family: a list of Node's that has both would find IPv4 addresses in networks of IPv6. */
export interface AddressList {
  readonly ipv4: BlockList;
  readonly ipv6: BlockList;
}

/**
 * Addresses and networks (CIDR), to look an address up in. Networks of IPv4 that are written as IPv6 are IPv4. One that cannot
 * be understood lets nobody in.
 */
export function addressList(networks: readonly string[]): AddressList {
  const list = { ipv4: new BlockList(), ipv6: new BlockList() };
  for (const network of networks) {
    const parsed = parseNetwork(network);
    if (parsed) list[parsed.family].addSubnet(parsed.address, parsed.bits, parsed.family);
  }
  return list;
}

/** Whether a `clientAddress` is in the list. */
export function isListed(list: AddressList, address: string): boolean {
  const version = isIP(address);
  const family = familyOf(version);
  return version !== 0 && list[family].check(address, family);
}

/** How many bits come before the IPv4 address in one that is written as IPv6. */
const mappedBits = 96;

interface Network {
  readonly address: string;
  readonly bits: number;
  readonly family: keyof AddressList;
}

function parseNetwork(network: string): Network | undefined {
  const [, address = '', length] = /^([^/%]+)(?:\/(\d{1,3}))?$/.exec(network) ?? [];
  const version = isIP(address);
  const longest = version === 4 ? 32 : 128;
  const bits = Number(length ?? longest);
  if (version === 0 || bits > longest) return undefined;
  const asIpv4 = clientAddress(address);
  return version === 6 && bits >= mappedBits && isIP(asIpv4) === 4
    ? { address: asIpv4, bits: bits - mappedBits, family: 'ipv4' }
    : { address, bits, family: familyOf(version) };
}

const familyOf = (version: number) => (version === 4 ? 'ipv4' : 'ipv6');
