import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { boundedFields, boundedText, logLimits } from './log-fields.ts';
import { KnownSecrets } from './secrets/known-secrets.ts';

const lengthOf = (fields: object) => JSON.stringify(boundedFields(fields)).length;

describe('whatever is logged, its line is short', () => {
  const many = (length: number) => Array.from({ length }, (_, index) => index);
  const wide = Object.fromEntries(many(300_000).map((index) => [`k${index}`, 'v'.repeat(10)]));
  const tree = (depth: number): unknown =>
    depth === 0
      ? 'x'.repeat(50)
      : Object.fromEntries(many(50).map((index) => [`k${index}`, tree(depth - 1)]));
  const chain = (depth: number): Error =>
    new Error('m'.repeat(9_000), depth > 0 ? { cause: chain(depth - 1) } : undefined);
  const circular: Record<string, unknown> = { name: 'circle' };
  circular['self'] = circular;

  test.each<[string, object]>([
    ['a long text', { text: 'x'.repeat(8_000_000) }],
    ['a long name', { ['n'.repeat(1_000_000)]: 1 }],
    ['many fields', wide],
    ['many items', { list: many(1_000_000) }],
    ['lists in lists', { list: many(100).map(() => many(100).map(() => many(100))) }],
    ['objects in objects', { tree: tree(3) }],
    ['itself', circular],
    ['a long error with many causes', { err: chain(20) }],
    ['an error that is many', { err: new AggregateError(many(1_000).map(() => chain(3))) }],
    ['an error with large fields', { err: Object.assign(new Error('e'), { body: 'b'.repeat(1e6), wide }) }],
    ['bytes', { bytes: Buffer.alloc(1_000_000) }],
  ])('%s', (_, fields) => {
    expect(lengthOf(fields)).toBeLessThan(2 * logLimits.lineLength);
  });

  test('any value at all', () => {
    const value = fc.anything({ withBigInt: true, withDate: true, withMap: true, withTypedArray: true });
    fc.assert(
      fc.property(fc.dictionary(fc.string(), value), (fields) => {
        expect(lengthOf(fields)).toBeLessThan(2 * logLimits.lineLength);
      }),
    );
  });
});

test('of what a schema has found wrong the first issues are told, and none of the rest is put into words', () => {
  const wrong = Array.from({ length: 10_000 }, () => ({ index: -1 }));
  const { error: err } = z.array(z.object({ index: z.int().min(0) })).safeParse(wrong);
  const message = Object.getOwnPropertyDescriptor(err, 'message');
  let isRead = false;
  Object.defineProperty(err, 'message', {
    ...message,
    get: () => ((isRead = true), ''),
  });
  const told = JSON.stringify(boundedFields({ err }));
  expect(told).toContain('"path":[0,"index"]');
  expect(told).not.toContain('"path":[3,"index"]');
  expect(isRead).toBe(false);
});

test('an error is told with its type, message, stack, fields and causes', () => {
  const cause = Object.assign(new TypeError('inner'), { code: 'E1' });
  expect(boundedFields({ err: new Error('outer', { cause }) })).toMatchObject({
    err: {
      type: 'Error',
      message: 'outer',
      stack: expect.stringContaining('log-fields.test') as unknown,
      cause: { type: 'TypeError', message: 'inner', code: 'E1' },
    },
  });
  expect(boundedFields({ err: new AggregateError([cause], 'both') })).toMatchObject({
    err: { message: 'both', errors: [{ message: 'inner' }] },
  });
});

test('what is short is told as it is', () => {
  const fields = { a: 1, b: 'text', c: true, d: null, e: ['x', 2], f: { g: { h: 'deep' } } };
  expect(boundedFields(fields)).toEqual(fields);
  const other = { at: new Date(0), where: new URL('http://x.example/'), none: undefined, big: 12n };
  expect(boundedFields(other)).toEqual({
    at: '1970-01-01T00:00:00.000Z',
    where: 'http://x.example/',
    none: undefined,
    big: '12',
  });
});

describe('a text that repeats a secret is not told', () => {
  const secret = 'sk-live-0123456789abcdefghij';
  const secrets = new KnownSecrets([secret]);

  test.each<[string, object]>([
    ['as a field', { a: `no ${secret}` }],
    ['as a name', { [secret]: 1 }],
    ['deep within', { a: { b: [{ c: secret.slice(3, 20) }] } }],
    ['in an error', { err: new Error(`no ${secret}`) }],
    ['in a cause', { err: new Error('e', { cause: new Error(Buffer.from(secret).toString('base64')) }) }],
    ['where the text is cut', { a: `${'x'.repeat(logLimits.textLength - 14)}${secret}` }],
    ['in an address', { a: `nats://router:${secret}@host` }],
  ])('%s', (_, fields) => {
    const told = JSON.stringify(boundedFields(fields, secrets));
    expect(told).toContain('[redacted]');
    for (const part of [secret, secret.slice(0, 12), Buffer.from(secret).toString('base64')]) {
      expect(told).not.toContain(part);
    }
  });

  test('while others stand as they are', () => {
    expect(boundedText('the operator has to mend it', secrets)).toBe('the operator has to mend it');
  });
});

test.each<[string, object]>([
  [
    'a field that throws when it is read',
    Object.defineProperty({}, 'a', { enumerable: true, get: () => expect.unreachable() }),
  ],
  ['an error whose message is no text', { err: Object.assign(new Error('e'), { message: { a: 1 } }) }],
  ['an error of no class', { err: Object.assign(new Error('e'), { constructor: undefined }) }],
])('%s does not keep a line from being written', (_, fields) => {
  expect(boundedFields(fields)).toEqual({ '…': 'the fields cannot be read' });
});
