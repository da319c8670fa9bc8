import { expect, test } from 'vitest';
import { SharedFields } from './shared-fields.ts';

test('equal values of a shared field are one value, and what differs stays what it is', () => {
  const fields = new SharedFields(['access', 'name', 'absent']);
  const [one, other, third] = [
    { id: 1, access: { models: ['a'] }, name: 'n' },
    { id: 2, access: { models: ['a'] }, name: 'n' },
    { id: 3, access: { models: [] }, name: 'm' },
  ];
  for (const value of [one, other, third, null, 'text', undefined]) fields.share(value);
  expect(other.access).toBe(one.access);
  expect([one, other, third]).toEqual([
    { id: 1, access: { models: ['a'] }, name: 'n' },
    { id: 2, access: { models: ['a'] }, name: 'n' },
    { id: 3, access: { models: [] }, name: 'm' },
  ]);
});

test('values that are all different are not kept for ever', () => {
  const fields = new SharedFields(['n']);
  const first = { n: [0] };
  fields.share(first);
  for (let n = 1; n <= 10_000; n++) fields.share({ n: [n] });
  const again = { n: [0] };
  fields.share(again);
  expect(again.n).not.toBe(first.n);
});
