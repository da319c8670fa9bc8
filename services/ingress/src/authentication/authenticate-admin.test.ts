import { expect, test } from 'vitest';
import { isSameText } from './authenticate-admin.ts';

const key = 'weir-admin-b5kZ0oJ1c2d3';

test("the operator's key opens, and nothing else does, whatever its length", () => {
  expect(isSameText(key, key)).toBe(true);
  for (const other of ['', 'w', key.slice(0, -1), `${key} `, `${key}${key}`, key.toUpperCase()]) {
    expect(isSameText(other, key)).toBe(false);
  }
});
