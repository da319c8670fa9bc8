import { limitsKey, scopeText } from '@weir/contracts/cost/limits';
import { expect, test } from 'vitest';
import { scopesOf } from './attribution-scopes.ts';

const textsOf = (attribution: Parameters<typeof scopesOf>[0]) => scopesOf(attribution).map(scopeText);

test('an attempt falls under the limits of everybody it is on account of', () => {
  const all = { organisation: 'acme', teamId: 't1', userId: 'u1', keyId: 'abcd1234', endUser: 'ana' };
  expect(textsOf({ ...all, tags: ['batch', 'night'] })).toEqual([
    'installation/all',
    'organisation/acme',
    'team/t1',
    'user/u1',
    'key/abcd1234',
    'tag/acme/batch',
    'tag/acme/night',
    'end_user/acme/ana',
    'end_user/acme/*',
  ]);
  expect(textsOf({ organisation: 'acme' })).toEqual(['installation/all', 'organisation/acme']);
});

test('a tag that is named twice, or an end user who is called "*", is one scope', () => {
  expect(textsOf({ organisation: 'acme', tags: ['batch', 'batch'], endUser: '*' })).toEqual([
    'installation/all',
    'organisation/acme',
    'tag/acme/batch',
    'end_user/acme/*',
  ]);
});

test('no two scopes have the same key', () => {
  const scopes = scopesOf({
    organisation: 'a',
    teamId: 'x',
    userId: 'x',
    keyId: 'x',
    tags: ['x', '=78', '*'],
    endUser: 'x',
  });
  expect(new Set(scopes.map(limitsKey)).size).toBe(scopes.length);
});
