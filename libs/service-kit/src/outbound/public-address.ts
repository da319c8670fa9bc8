import ipaddr from 'ipaddr.js';

/** All that IANA has given out for the public IPv6 internet. */
const globalUnicast: [ipaddr.IPv6, number] = [ipaddr.IPv6.parse('2000::'), 3];
/** Where a network that has IPv6 alone shows the IPv4 internet (RFC 6052). */
const nat64: [ipaddr.IPv6, number] = [ipaddr.IPv6.parse('64:ff9b::'), 96];
/** Azure's machines are told their secrets there; the others' metadata addresses lie in ranges that are not public. */
const azureMetadata = '168.63.129.16';

/**
 * Whether it is an address of the public internet: not of this host, a private network, a link, a cloud's metadata
 * service, or a range that is reserved for anything else. Where an IPv6 address stands for an IPv4 one, that one counts.
 */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.parse(address);
  return parsed instanceof ipaddr.IPv4 ? isPublicIpv4(parsed) : isPublicIpv6(parsed);
}

function isPublicIpv4(address: ipaddr.IPv4): boolean {
  return address.range() === 'unicast' && address.toString() !== azureMetadata;
}

function isPublicIpv6(address: ipaddr.IPv6): boolean {
  // A zone is one of this host's own links.
  if (address.zoneId !== undefined) return false;
  if (address.isIPv4MappedAddress()) return isPublicIpv4(address.toIPv4Address());
  if (address.match(nat64)) return isPublicIpv4(new ipaddr.IPv4(address.toByteArray().slice(-4)));
  return address.range() === 'unicast' && address.match(globalUnicast);
}
