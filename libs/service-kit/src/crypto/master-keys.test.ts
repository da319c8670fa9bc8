import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { MasterKeys, UnreadableToken } from './master-keys.ts';

const oldKey = Buffer.alloc(32, 1);
const newKey = Buffer.alloc(32, 2);

test('after a rotation what the older key encrypted is still read, and the newest encrypts', () => {
  const before = new MasterKeys([oldKey]);
  const after = new MasterKeys([newKey, oldKey]);
  expect(after.decrypt(before.encrypt('sk-1'))).toBe('sk-1');
  expect(new MasterKeys([newKey]).decrypt(after.encrypt('sk-2'))).toBe('sk-2');
});

test('what no key fits is a plain error that repeats nothing', () => {
  const token = new MasterKeys([oldKey]).encrypt('sk-1');
  const others = new MasterKeys([newKey]);
  for (const given of [token, 'sk-1', '']) {
    expect(() => others.decrypt(given)).toThrow(UnreadableToken);
    expect(() => others.decrypt(given)).not.toThrow(/sk-1|gAAAAA/);
  }
});

test('the keys for another purpose are the same in every replica, and different from key to key', () => {
  const derived = new MasterKeys([newKey, oldKey]).derive('sealing');
  expect(derived).toEqual([
    ...new MasterKeys([newKey]).derive('sealing'),
    ...new MasterKeys([oldKey]).derive('sealing'),
  ]);
  expect(derived[0]).not.toEqual(derived[1]);
  expect(derived).not.toEqual(new MasterKeys([newKey, oldKey]).derive('signing'));
});

test('a key is known by the same id in every replica, and the newest comes first', () => {
  const { ids } = new MasterKeys([newKey, oldKey]);
  expect(ids).toEqual([...new MasterKeys([newKey]).ids, ...new MasterKeys([oldKey]).ids]);
  expect(new Set(ids).size).toBe(2);
  for (const id of ids) {
    expect(id).toMatch(/^[0-9a-f]{16}$/);
    for (const key of [newKey, oldKey]) expect(key.toString('hex')).not.toContain(id);
  }
});

test('whoever prints them sees no key', () => {
  const keys = new MasterKeys([Buffer.from('a-key-that-nobody-may-see-at-all')]);
  for (const printed of [inspect(keys, { depth: 9, showHidden: true }), JSON.stringify(keys)]) {
    expect(printed).not.toMatch(/a-key|61 2d 6b|97,45,107/);
  }
});
