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
  [['::/0'], ['::1', '2001:db8::1'], ['203.0.113.7', '0.0.0.0', '::ffff:203.0.113.7']],
  [['0.0.0.0/0'], ['203.0.113.7', '::ffff:203.0.113.7'], ['::1', '2001:db8::1']],
  [['::ffff:10.0.0.0/104'], ['10.1.2.3', '::ffff:10.1.2.3'], ['11.0.0.1', '::a00:1', '::1']],
  [['::ffff:0a00:0001'], ['10.0.0.1'], ['10.0.0.2', '::1']],
  [['::ffff:0:0/96'], ['203.0.113.7'], ['::1', '2001:db8::1']],
  [['::ffff:0:0/95', '::ffff:1.2.3.4/0'], ['::1'], ['1.2.3.4', '203.0.113.7']],
  [['10.0.0.0/8'], ['10.1.2.3'], ['::a01:203', '11.0.0.1']],
  [
    ['10.0.0.0/33', '10.0.0.0/', '10.0.0.0/8/8', '::/129', '10.0.0.0/-1', '/0', '', 'fe80::1%eth0'],
    [],
    ['10.0.0.1', '::1'],
  ],
])('%j admits %j, and not %j: a family has its own networks', (networks, inside, outside) => {
  const list = addressList(networks);
  const isIn = (given: string) => isListed(list, clientAddress(given));
  for (const address of inside) expect([address, isIn(address)]).toEqual([address, true]);
  for (const address of outside) expect([address, isIn(address)]).toEqual([address, false]);
});

test.each([
  ['10.1.2.3', '10.1.2.3'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['2001:db8:0:5:6:7:8:9', '2001:db8:0:5::/64'],
  ['unknown', 'unknown'],
])('%s is counted as %s', (address, network) => {
  expect(clientNetwork(address)).toBe(network);
});
