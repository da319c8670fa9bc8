import { attemptMade } from '@weir/contracts/usage-events';
import { testAttempt } from '@weir/testkit/spending/test-attempt';
import { assert, constantFrom, jsonValue, oneof, option, property, string, tuple } from 'fast-check';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { matchesExactly } from './exact-match.ts';

const attempt = {
  ...testAttempt({ requestId: 'r1', keyId: 'k1', nanoUsd: 12 }),
  tags: ['batch'],
  endUser: 'ana',
  metadata: { feature: 'search' },
};

test('what Weir publishes matches, so that it is read fast', () => {
  expect(matchesExactly(attemptMade.data, JSON.parse(JSON.stringify(attempt)))).toBe(true);
});

test('what matches is valid, and stays as it is', () => {
  const paths = [[], ['usage'], ['cost'], ['metadata'], ['tags']] as const;
  const keys = Object.keys({ ...attempt, ...attempt.usage, ...attempt.cost, ...attempt.metadata, 0: '' });
  const figure = constantFrom(
    -1,
    -0,
    0,
    0.5,
    2 ** 53,
    1e300,
    null,
    true,
    'first',
    'x'.repeat(257),
    '\u{1F600}'.repeat(200),
  );
  const change = tuple(
    constantFrom(...paths),
    oneof(constantFrom(...keys, '__proto__', 'toString'), string()),
    option(oneof(figure, jsonValue({ maxDepth: 2 })), { nil: undefined }),
  );
  assert(
    property(change, ([path, key, changed]) => {
      const value = JSON.parse(JSON.stringify(attempt)) as Record<string, Record<string, unknown>>;
      const owner = path[0] === undefined ? value : value[path[0]];
      // A list's length is no key of its own: JSON cannot change it alone.
      if (Array.isArray(owner) && key === 'length') return;
      Object.defineProperty(owner, key, {
        value: changed,
        enumerable: true,
        writable: true,
        configurable: true,
      });
      const received: unknown = JSON.parse(JSON.stringify(value));
      if (!matchesExactly(attemptMade.data, received)) return;
      expect(attemptMade.data.parse(received)).toStrictEqual(received);
    }),
    { numRuns: 2_000 },
  );
});

const nested = z.object({
  get inner() {
    return nested.optional();
  },
});

test.each([
  ['a text that is changed', z.string().trim(), ' a '],
  ['a text in a form', z.email(), 'nobody'],
  ['a condition of its own', z.object({ a: z.number() }).refine(() => false), { a: 1 }],
  ['a default', z.object({ a: z.number().default(1) }), {}],
  ['a key that is not known', z.object({ a: z.number() }), { a: 1, b: 2 }],
  ['a default of what may be missing', z.object({ a: z.number().default(1).optional() }), {}],
  ['a key that is missing', z.object({ a: z.unknown() }), {}],
  ['a key that is missing beside one that is not known', z.object({ a: z.unknown() }), { b: 1 }],
  ['a key that objects inherit', z.object({ toString: z.unknown().optional() }), { b: 1 }],
  ['a record of all of some keys', z.record(z.enum(['a', 'b']), z.number()), { a: 1 }],
  ['what holds itself', z.object({ a: nested.optional() }), { a: { inner: {} } }],
  ['a number made of a text', z.coerce.number(), 1],
  ['a bound above', z.number().max(1), 2],
  ['a narrower kind of integer', z.int32(), 2 ** 40],
])('%s is left to zod', (_what, schema, value) => {
  expect(matchesExactly(schema, value)).toBe(false);
});
