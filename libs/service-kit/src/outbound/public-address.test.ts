import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isPublicAddress } from './public-address.ts';

test.each([
  ['unspecified', '0.0.0.0', '0.1.2.3', '::'],
  ['loopback', '127.0.0.1', '127.255.255.254', '::1'],
  ['private', '10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1'],
  ['unique local', 'fc00::1', 'fd00:ec2::254', 'fd20:ce::254'],
  ['site local', 'fec0::1'],
  ['link-local', '169.254.0.1', 'fe80::1', 'fe80::1%eth0'],
  ['metadata', '169.254.169.254', '100.100.100.200', '192.0.0.192', '168.63.129.16'],
  ['carrier-grade NAT', '100.64.0.1', '100.127.255.255'],
  ['multicast', '224.0.0.1', '239.255.255.255', 'ff02::1'],
  ['broadcast', '255.255.255.255'],
  ['reserved', '240.0.0.1', '192.0.0.1', '198.18.0.1', '192.88.99.1', '4000::1', '::2', '5f00::1'],
  ['documentation', '192.0.2.1', '198.51.100.1', '203.0.113.1', '2001:db8::1', '3fff::1'],
  ['IPv4-mapped', '::ffff:127.0.0.1', '::ffff:a00:1', '::ffff:169.254.169.254'],
  ['IPv4-compatible', '::127.0.0.1', '::a00:1'],
  ['IPv4-translated', '::ffff:0:7f00:1'],
  ['NAT64', '64:ff9b::127.0.0.1', '64:ff9b::a9fe:a9fe', '64:ff9b:1::808:808'],
  ['6to4', '2002:7f00:1::', '2002:808:808::'],
  ['Teredo', '2001::1', '2001:0:7f00:1::'],
  ['discard', '100::1'],
  ['of a zone', '2606:4700::1%eth0'],
  ['none', '', 'localhost', '1.2.3.4.5', 'fe80::1%'],
])('an address that is %s is not public', (_, ...addresses) => {
  expect(addresses.filter(isPublicAddress)).toEqual([]);
});

test('addresses of the internet are public, those that stand for one included', () => {
  const addresses = [
    '8.8.8.8',
    '1.1.1.1',
    '172.15.255.255',
    '172.32.0.1',
    '100.128.0.1',
    '2606:4700::1111',
    '2a00:1450:4001::1',
    '::ffff:8.8.8.8',
    '64:ff9b::808:808',
  ];
  expect(addresses.filter((address) => !isPublicAddress(address))).toEqual([]);
});

test('an IPv4 address is public or not, however IPv6 writes it', () => {
  const octet = fc.nat(255);
  fc.assert(
    fc.property(octet, octet, octet, octet, (...octets) => {
      const address = octets.join('.');
      expect(isPublicAddress(`::ffff:${address}`)).toBe(isPublicAddress(address));
      expect(isPublicAddress(`64:ff9b::${address}`)).toBe(isPublicAddress(address));
    }),
  );
});
