import { expect, test } from 'vitest';
import { isAdminKey } from './admission.ts';

const key = 'weir-admin-b5kZ0oJ1c2d3';

test('the key opens, and nothing else does, whatever its length', () => {
  expect(isAdminKey(key, key)).toBe(true);
  for (const other of ['', 'w', key.slice(0, -1), `${key} `, `${key}${key}`, key.toUpperCase()]) {
    expect(isAdminKey(other, key)).toBe(false);
  }
});
