import { expect, test } from 'vitest';
import { endUserOf } from './end-user.ts';

test.each([
  [undefined, undefined],
  [null, undefined],
  ['', undefined],
  ['\0', undefined],
  ['lan@example.com', 'lan@example.com'],
  ['a\0b', 'ab'],
  [`${'x'.repeat(255)}😀`, `${'x'.repeat(255)}\ufffd`],
])('of the user %j %j is kept', (user, kept) => {
  expect(endUserOf({ user })).toBe(kept);
});
