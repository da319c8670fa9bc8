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

/** Addresses and networks (CIDR), to look an address up in. One that cannot be understood lets nobody in. */
export function addressList(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', bits] = network.split('/');
    const version = isIP(address);
    if (version === 0) continue;
    const family = familyOf(version);
    if (bits === undefined) list.addAddress(address, family);
    else if (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128)) {
      list.addSubnet(address, Number(bits), family);
    }
  }
  return list;
}

/** Whether a `clientAddress` is in the list. */
export function isListed(list: BlockList, address: string): boolean {
  const version = isIP(address);
  return version !== 0 && list.check(address, familyOf(version));
}

const familyOf = (version: number) => (version === 4 ? 'ipv4' : 'ipv6');
