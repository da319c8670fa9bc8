import fc from 'fast-check';
import { expect, test } from 'vitest';
import { addressList, clientAddress, clientNetwork, isListed } from './client-address.ts';

test.each([
  ['203.0.113.7', '203.0.113.7'],
  ['::ffff:203.0.113.7', '203.0.113.7'],
  ['::ffff:cb00:7107', '203.0.113.7'],
  ['2001:DB8:0:0::1', '2001:db8::1'],
  ['fe80::1%eth0', 'fe80::1'],
  ['127.1', 'unknown'],
  ['0x7f000001', 'unknown'],
  ['203.0.113.7:443', 'unknown'],
  ['<script>', 'unknown'],
  ['', 'unknown'],
  [undefined, 'unknown'],
])('%j is %s', (given, address) => {
  expect(clientAddress(given)).toBe(address);
});

test('whatever a header says, an address is short and in no list that does not have it', () => {
  const list = addressList(['203.0.113.0/24', '2001:db8::/32']);
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.ipV4(), fc.ipV6()), (given) => {
      const address = clientAddress(given);
      expect(address.length).toBeLessThan(46);
      expect(clientNetwork(address).length).toBeLessThan(46);
      expect(isListed(list, address)).toBe(/^(203\.0\.113\.|2001:db8:)/.test(address));
    }),
  );
});

test.each([
  ['10.1.2.3', '10.1.2.3'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['2001:db8:0:5:6:7:8:9', '2001:db8:0:5::/64'],
  ['unknown', 'unknown'],
])('%s is counted as %s', (address, network) => {
  expect(clientNetwork(address)).toBe(network);
});
