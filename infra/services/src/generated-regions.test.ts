import { expect, test } from 'vitest';
import { fillRegions } from './generated-regions.ts';

const text = 'by hand\n  # begin generated: users (of NATS)\nold\n  # end generated: users\nby hand too\n';

test('a region is replaced, and what is written by hand beside it stays', () => {
  expect(fillRegions(text, { users: 'new $1\n' })).toBe(text.replace('old', 'new $$1'));
});

test('a file without the region is an error, and is not left as it is', () => {
  expect(() => fillRegions(text, { passwords: '' })).toThrow('no region "passwords"');
});
