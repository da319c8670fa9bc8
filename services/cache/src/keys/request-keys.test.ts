import type { CacheOrder } from '@weir/contracts/cache/order';
import { MasterKeys } from '@weir/service-kit/crypto/master-keys';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cacheOrder } from '../../test/entry-harness.ts';
import { cacheKeyOf, RequestKeys } from './request-keys.ts';

const hmacKey = cacheKeyOf(new MasterKeys([Buffer.alloc(32, 2), Buffer.alloc(32, 1)]));

const acme = { tenant: 'acme', caller: { keyId: 'k1', teamId: 't1' } };
type Keyed = ConstructorParameters<typeof RequestKeys>[1];

function keysOf(json: unknown, envelope: Keyed['envelope'] = acme, order: Partial<CacheOrder> = {}) {
  const text = typeof json === 'string' ? json : JSON.stringify(json);
  return new RequestKeys(hmacKey, { body: Buffer.from(text), envelope, order: cacheOrder(order) });
}

const chat = (content: unknown, fields: object = {}) => ({
  model: 'gpt-5-mini',
  messages: [
    { role: 'system', content: 'You are terse.' },
    { role: 'user', content },
  ],
  ...fields,
});
const entryOf = (...given: Parameters<typeof keysOf>) => keysOf(...given).entry;

const sortedBackwards = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sortedBackwards);
  if (typeof value !== 'object' || value === null) return value;
  const backwards = Object.entries(value).sort(([a], [b]) => (a < b ? 1 : -1));
  return Object.fromEntries(backwards.map(([name, field]) => [name, sortedBackwards(field)]));
};

describe('the same key', () => {
  test('whatever the order of keys', () => {
    fc.assert(
      fc.property(fc.string(), fc.dictionary(fc.string(), fc.jsonValue()), (content, extra) => {
        const request = chat(content, { extra });
        expect(entryOf(sortedBackwards(request))).toBe(entryOf(request));
      }),
    );
  });

  test('whatever the form of Unicode', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (content) => {
        expect(entryOf(chat(content.normalize('NFD')))).toBe(entryOf(chat(content.normalize('NFC'))));
      }),
    );
    expect(entryOf(chat('điện thoại'.normalize('NFD')))).toBe(entryOf(chat('điện thoại')));
  });

  test.each([
    ['around a text', '  How are you?\n', 'How are you?'],
    ['at the end of a line', 'a\r\n  b\r\nc', 'a\n  b\nc'],
    ['around several lines', ' \n\n  a\n  b \n\n', '  a\n  b'],
  ])('whatever the white space %s', (_, one, other) => {
    expect(entryOf(chat(one))).toBe(entryOf(chat(other)));
    const parts = (text: string) => chat([{ type: 'text', text }]);
    expect(entryOf(parts(one))).toBe(entryOf(parts(other)));
  });

  test('whatever says nothing of the answer', () => {
    const fields = {
      ...{
        stream: true,
        stream_options: { include_usage: true },
        user: 'u',
        metadata: { a: 'b' },
        top_p: null,
      },
      ...{
        safety_identifier: 's',
        prompt_cache_key: 'p',
        prompt_cache_retention: '24h',
        service_tier: 'flex',
      },
    };
    expect(entryOf(chat('Hi', fields))).toBe(entryOf(chat('Hi')));
  });

  test('whatever the form of a number', () => {
    const withTemperature = (number: string) =>
      JSON.stringify(chat('Hi', { temperature: 0 })).replace(':0}', `:${number}}`);
    expect(entryOf(withTemperature('1.0'))).toBe(entryOf(withTemperature('1')));
    expect(entryOf(withTemperature('1e0'))).toBe(entryOf(withTemperature('1')));
  });
});

describe('another key', () => {
  test.each<[string, unknown, unknown]>([
    ['diacritics', chat('ma'), chat('má')],
    ['case', chat('it'), chat('IT')],
    ['indentation', chat('if a:\n  b'), chat('if a:\n    b')],
    ['the first line’s indentation', chat('  a: 1\n  b: 2'), chat('a: 1\n  b: 2')],
    ['a blank', chat('now here'), chat('nowhere')],
    ['blanks within a line', chat('How long is "a  b"?'), chat('How long is "a b"?')],
    ['a tab', chat('Is "a\tb" tab-separated?'), chat('Is "a b" tab-separated?')],
    ['Markdown’s line break', chat('To HTML: a  \nb'), chat('To HTML: a\nb')],
    ['text or parts', chat('Hi'), chat([{ type: 'text', text: 'Hi' }])],
    [
      'the split of parts',
      chat([
        { type: 'text', text: 'ab' },
        { type: 'text', text: 'c' },
      ]),
      chat([
        { type: 'text', text: 'a' },
        { type: 'text', text: 'bc' },
      ]),
    ],
    [
      'the blank between parts',
      chat([
        { type: 'text', text: 'Define: now ' },
        { type: 'text', text: 'here' },
      ]),
      chat([
        { type: 'text', text: 'Define: now' },
        { type: 'text', text: 'here' },
      ]),
    ],
    [
      'what a schema says is null',
      chat('Hi', { response_format: { properties: { a: { const: null } } } }),
      chat('Hi', { response_format: { properties: { a: {} } } }),
    ],
    ['white space that stops', chat('Hi', { stop: '\n' }), chat('Hi', { stop: '\n\n' })],
    ['a zero', chat('Hi', { temperature: 0 }), chat('Hi')],
    ['false', chat('Hi', { logprobs: false }), chat('Hi')],
    [
      'long integers',
      '{"model":"m","messages":[{"role":"user","content":"x"}],"seed":9007199254740993}',
      '{"model":"m","messages":[{"role":"user","content":"x"}],"seed":9007199254740992}',
    ],
    [
      'an assistant’s beginning',
      { model: 'm', messages: [{ role: 'assistant', content: 'a ' }] },
      { model: 'm', messages: [{ role: 'assistant', content: 'a' }] },
    ],
    ['a number and its text', chat('Hi', { x: 1 }), chat('Hi', { x: '1' })],
  ])('for what differs in %s', (_, one, other) => {
    expect(entryOf(one)).not.toBe(entryOf(other));
  });

  test('for any other change', () => {
    const fields = fc.dictionary(fc.constantFrom('a', 'b', 'seed', 'tools'), fc.jsonValue({ maxDepth: 2 }), {
      maxKeys: 3,
    });
    const plain = (value: object) => JSON.stringify(sortedBackwards(withoutNull(value)));
    fc.assert(
      fc.property(fields, fields, (one, other) => {
        const isSame = plain(one).normalize('NFC') === plain(other).normalize('NFC');
        expect(entryOf(chat('Hi', one)) === entryOf(chat('Hi', other))).toBe(isSame);
      }),
    );
  });

  test('for another organisation, team and key, where they do not share', () => {
    const envelopes = fc.record({
      tenant: fc.constantFrom('a', 'b', 'a","b', 'ab'),
      caller: fc.option(
        fc.record({
          keyId: fc.constantFrom('a', 'b'),
          teamId: fc.option(fc.constantFrom('a', 'b'), { nil: undefined }),
        }),
        { nil: undefined },
      ),
    }) as fc.Arbitrary<Keyed['envelope']>;
    const orders = fc.record({
      sharedBy: fc.constantFrom('key', 'team', 'organisation'),
      namespace: fc.option(fc.constantFrom('a', 'b', 'a,b'), { nil: undefined }),
    });
    fc.assert(
      fc.property(envelopes, orders, envelopes, orders, (one, oneOrder, other, otherOrder) => {
        const isSame = entryOf(chat('Hi'), one, oneOrder) === entryOf(chat('Hi'), other, otherOrder);
        if (one.tenant !== other.tenant || oneOrder.namespace !== otherOrder.namespace)
          expect(isSame).toBe(false);
        if (
          oneOrder.sharedBy === 'key' &&
          otherOrder.sharedBy === 'key' &&
          one.caller?.keyId !== other.caller?.keyId
        )
          expect(isSame).toBe(false);
      }),
    );
  });

  test.each<[string, Keyed['envelope'], Partial<CacheOrder>]>([
    ['models that a key may use', { ...acme, access: { models: [['gpt-*']] } }, {}],
    ['policies', acme, { screening: 'p@2' }],
    ['routes', acme, { route: 'r@2' }],
    ['a namespace', acme, { namespace: 'n' }],
    ['sharers', acme, { sharedBy: 'team' }],
  ])('for other %s', (_, envelope, order) => {
    expect(entryOf(chat('Hi'), envelope, order)).not.toBe(entryOf(chat('Hi')));
  });
});

describe('a partition', () => {
  const partitionOf = (json: unknown, embedder = 'e1', ...rest: [Keyed['envelope']?, Partial<CacheOrder>?]) =>
    keysOf(json, ...rest).partition(embedder);

  test('is the same for all questions, and no entry’s key', () => {
    expect(partitionOf(chat('One?'))).toBe(partitionOf(chat([{ type: 'text', text: 'Two?' }])));
    expect(partitionOf(chat(''))).not.toBe(entryOf(chat('')));
  });

  test.each<[string, string]>([
    ['model', partitionOf(chat('Hi', { model: 'gpt-5' }))],
    ['embedder', partitionOf(chat('Hi'), 'e2')],
    ['tenant', partitionOf(chat('Hi'), 'e1', { ...acme, tenant: 'globex' })],
    ['sampling', partitionOf(chat('Hi', { temperature: 0 }))],
    ['instructions', partitionOf({ ...chat('Hi'), messages: [{ role: 'user', content: 'Hi' }] })],
    [
      'name',
      partitionOf({
        ...chat('Hi'),
        messages: [chat('Hi').messages[0], { role: 'user', content: 'Hi', name: 'n' }],
      }),
    ],
  ])('is another one for another %s', (_, partition) => {
    expect(partition).not.toBe(partitionOf(chat('Hi')));
  });
});

function withoutNull(value: object): object {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== null));
}

test('millions of blank lines before a text are left out', () => {
  expect(entryOf(chat(`${' \n'.repeat(4_000_000)}  a\nb`))).toBe(entryOf(chat('  a\nb')));
  expect(entryOf(chat('\n'.repeat(8_000_000)))).toBe(entryOf(chat('')));
});

test('blanks and marks take no more time than they are long, wherever they stand', () => {
  // Quadratic, each would take minutes: more than a test has.
  for (const blank of [' ', '\t', ' \t', '\r\n', '\u0323\u0301'])
    expect(entryOf(chat(`a\n${blank.repeat(200_000)}b`))).not.toBe(entryOf(chat('a\nb')));
});
