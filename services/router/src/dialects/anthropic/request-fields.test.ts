import { expect, test } from 'vitest';
import { toUserId } from './request-fields.ts';

test.each([
  'jane.doe@example.com',
  'user_jane.doe@example.com_7',
  '+84 912 345 678',
  '(555) 123-4567',
  '0912345678',
  'tel: 555.123.4567 (home)',
  'x'.repeat(257),
])('what Anthropic would refuse as personal data, or as too long, is sent as its hash: %s', (user) => {
  expect(toUserId(user)).toMatch(/^[\da-f]{64}$/);
  expect(toUserId(user)).toBe(toUserId(user));
});

test.each(['customer-42', '550e8400-e29b-41d4-a716-446655440000', 'user_2024-11', 'Hoàng', 'x'.repeat(256)])(
  'every other id is sent as it is: %s',
  (user) => {
    expect(toUserId(user)).toBe(user);
  },
);
