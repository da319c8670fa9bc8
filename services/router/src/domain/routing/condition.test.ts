import type { Comparison, Query } from '@weir/contracts/routing/condition';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RequestFields } from '@weir/service-kit/request-fields';
import { compileQuery } from './condition.ts';
import { PatternCompiler } from './pattern.ts';

const fields: RequestFields = {
  metadata: { plan: 'pro', age: '42', beta: 'true', version: '1.10', 'team.name': 'core' },
  params: {
    model: 'gpt-4o',
    max_tokens: 1_000,
    stream: true,
    user: null,
    messages: [{ role: 'system', content: 'Be brief.' }, { role: 'user' }],
  },
};

const holds = (query: Query) => compileQuery(query)(fields);

test.each<[Query, boolean]>([
  [{ 'metadata.plan': { $eq: 'pro' } }, true],
  [{ 'metadata.plan': 'pro' }, true],
  [{ 'metadata.plan': 'PRO' }, false],
  [{ 'metadata.plan': { $ne: 'pro' } }, false],
  [{ 'metadata.plan': { $in: ['free', 'pro'] } }, true],
  [{ 'metadata.plan': { $in: [] } }, false],
  [{ 'metadata.plan': { $nin: ['free', 'pro'] } }, false],
  [{ 'metadata.plan': { $regex: 'r' } }, true],
  [{ 'metadata.plan': { $regex: '^r' } }, false],
  [{ 'params.model': { $regex: '(?i)^GPT-[45]' } }, true],
  [{ 'params.max_tokens': { $regex: '1' } }, false],
  [{ 'params.max_tokens': { $gt: 999 } }, true],
  [{ 'params.max_tokens': { $gt: 1_000 } }, false],
  [{ 'params.max_tokens': { $gte: 1_000 } }, true],
  [{ 'params.max_tokens': { $lt: 1_001 } }, true],
  [{ 'params.max_tokens': { $lte: 999 } }, false],
  [{ 'params.model': { $gt: 'gpt-3' } }, true],
  [{ 'params.stream': true }, true],
  [{}, true],
])('%j: %j', (query, expected) => {
  expect(holds(query)).toBe(expected);
});

describe('metadata is text, and means the numbers and booleans that it spells', () => {
  test.each<[Query, boolean]>([
    [{ 'metadata.age': { $gt: 9 } }, true],
    [{ 'metadata.age': { $gt: '9' } }, true],
    [{ 'metadata.age': 42 }, true],
    [{ 'metadata.age': { $in: [41, 42] } }, true],
    [{ 'metadata.age': { $ne: 42 } }, false],
    [{ 'metadata.beta': true }, true],
    [{ 'metadata.beta': false }, false],
    [{ 'metadata.plan': { $gt: 9 } }, false],
    [{ 'metadata.plan': { $lte: 9 } }, false],
    [{ 'metadata.plan': { $lt: 'team' } }, true],
    [{ 'metadata.version': '1.1' }, false],
    // A parameter has the type that it has.
    [{ 'params.max_tokens': '1000' }, false],
    [{ 'params.max_tokens': { $gt: '9' } }, false],
    [{ 'params.stream': 'true' }, false],
  ])('%j: %j', (query, expected) => {
    expect(holds(query)).toBe(expected);
  });
});

test('several operators of a field, and several fields, must all hold', () => {
  expect(holds({ 'params.max_tokens': { $gt: 500, $lt: 2_000 } })).toBe(true);
  expect(holds({ 'params.max_tokens': { $gt: 500, $lt: 700 } })).toBe(false);
  expect(holds({ 'metadata.plan': 'pro', 'metadata.age': 41 })).toBe(false);
});

test('$and and $or hold queries, to any depth', () => {
  const is41: Query = { 'metadata.age': 41 };
  const isPro: Query = { 'metadata.plan': 'pro' };
  expect(holds({ $or: [is41, isPro] })).toBe(true);
  expect(holds({ $and: [is41, isPro] })).toBe(false);
  expect(holds({ $or: [{ $and: [isPro, { $or: [is41, { 'params.stream': true }] }] }] })).toBe(true);
  expect(holds({ 'metadata.age': 41, $or: [isPro] })).toBe(false);
});

test('paths lead into objects and lists, and a dot may be a part of a name of metadata', () => {
  expect(holds({ 'params.messages.0.role': 'system' })).toBe(true);
  expect(holds({ 'params.messages.1.role': 'system' })).toBe(false);
  expect(holds({ 'params.messages.length': { $gt: 1 } })).toBe(true);
  expect(holds({ 'metadata.team.name': 'core' })).toBe(true);
});

test.each(['params.user', 'params.nope', 'params.messages.9.role', 'params.model.length', 'metadata.nope'])(
  'what is missing is null, and unequal to all else: %s',
  (field) => {
    const expectations: [Comparison, boolean][] = [
      [{ $eq: null }, true],
      [{ $in: ['x', null] }, true],
      [{ $ne: 'x' }, true],
      [{ $nin: ['x'] }, true],
      [{ $ne: null }, false],
      [{ $eq: 'x' }, false],
      [{ $eq: false }, false],
      [{ $in: ['x'] }, false],
      [{ $regex: '.*' }, false],
      [{ $gt: 0 }, false],
      [{ $lte: '' }, false],
    ];
    for (const [comparison, expected] of expectations) {
      expect(holds({ [field]: comparison }), JSON.stringify(comparison)).toBe(expected);
    }
  },
);

test.each(['__proto__', 'constructor', 'toString', 'constructor.name', '__proto__.toString'])(
  "what is not the request's own is not found: %s",
  (name) => {
    expect(holds({ [`params.${name}`]: null })).toBe(true);
    expect(holds({ [`metadata.${name}`]: null })).toBe(true);
    expect(holds({ [`params.messages.0.${name}`]: null })).toBe(true);
  },
);

test('queries with the same compiler share what their patterns may cost', () => {
  const patterns = new PatternCompiler();
  const query: Query = { $and: [{ $or: [{ 'metadata.plan': { $regex: 'a{150}' } }] }] };
  compileQuery(query, patterns);
  compileQuery(query);
  expect(() => compileQuery({ ...query, 'params.model': { $regex: 'a{150}' } }, patterns)).toThrow(
    expect.objectContaining({ field: 'metadata.plan' }),
  );
});

test('what a request has been found to be is not found out again', () => {
  const isLong = compileQuery({ 'params.text': { $regex: 'a' } });
  let reads = 0;
  const params = {
    get text() {
      reads++;
      return 'a';
    },
  };
  const request = { metadata: {}, params };
  expect([isLong(request), isLong(request), isLong({ metadata: {}, params: {} })]).toEqual([
    true,
    true,
    false,
  ]);
  expect(reads).toBe(1);
});

const scalar = fc.oneof(fc.string(), fc.double(), fc.integer(), fc.boolean(), fc.constant(null));

test('of a condition and its opposite one holds, whatever the value', () => {
  fc.assert(
    fc.property(scalar, fc.array(scalar), fc.anything(), fc.string(), (wanted, list, value, text) => {
      const given = { metadata: { field: text }, params: { field: value } };
      for (const field of ['metadata.field', 'params.field']) {
        const test = (query: Query) => compileQuery(query)(given);
        expect(test({ [field]: { $ne: wanted } })).toBe(!test({ [field]: { $eq: wanted } }));
        expect(test({ [field]: { $nin: list } })).toBe(!test({ [field]: { $in: list } }));
        expect(test({ [field]: { $in: list } })).toBe(list.some((each) => test({ [field]: { $eq: each } })));
      }
    }),
  );
});

test('numbers are in one order, in metadata as in parameters', () => {
  const number = fc.oneof(fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }));
  fc.assert(
    fc.property(number, number, (value, wanted) => {
      const given = { metadata: { field: String(value) }, params: { field: value } };
      for (const field of ['metadata.field', 'params.field']) {
        const test = (comparison: Query[string]) => compileQuery({ [field]: comparison })(given);
        expect(test({ $gt: wanted })).toBe(value > wanted);
        expect(test({ $gte: wanted })).toBe(value >= wanted);
        expect(test({ $lt: wanted })).toBe(value < wanted);
        expect(test({ $lte: wanted })).toBe(value <= wanted);
      }
    }),
  );
});

test('a pattern is found where JavaScript finds it', () => {
  const pattern = fc
    .array(fc.constantFrom('a', 'b', '.', 'a*', 'b+?', '(?:ab|ba)', '[^a]', '^', '$', '\\b'), {
      minLength: 1,
      maxLength: 6,
    })
    .map((parts) => parts.join(''));
  const text = fc.string({ unit: fc.constantFrom('a', 'b', ' ', 'é'), maxLength: 12 });
  fc.assert(
    fc.property(pattern, text, (source, value) => {
      const found = compileQuery({ 'params.text': { $regex: source } })({
        metadata: {},
        params: { text: value },
      });
      expect(found).toBe(new RegExp(source).test(value));
    }),
    { numRuns: 500 },
  );
});
