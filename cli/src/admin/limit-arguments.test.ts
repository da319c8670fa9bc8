import { expect, test } from 'vitest';
import { parseLimit, parseScope, scopeArgument } from './limit-arguments.ts';

test.each([
  ['key/abcd1234', { scope: 'key', id: 'abcd1234' }],
  ['tag/batch', { scope: 'tag', id: 'batch' }],
  ['tag/acme/batch', { scope: 'tag', organisation_id: 'acme', id: 'batch' }],
  ['end_user/acme/*', { scope: 'end_user', organisation_id: 'acme', id: '*' }],
  ['end_user/acme/a/b', { scope: 'end_user', organisation_id: 'acme', id: 'a/b' }],
  ['installation', { scope: 'installation', id: 'all' }],
])('%s names a scope as refusals and alerts do', (text, fields) => {
  expect(parseScope(text)).toEqual(fields);
  expect(scopeArgument(fields)).toBe(text);
});

test.each(['', 'key', 'key/', 'keys/abcd1234', 'installation/all/of/it', '/abcd1234'])(
  '"%s" names no scope',
  (text) => {
    expect(() => parseScope(text)).toThrow('It must be installation, organisation/<id>');
  },
);

test.each([
  ['10/month', 'usd', { limit: '10', window: 'month' }],
  ['1.50/day:gpt-5*', 'usd', { limit: '1.50', window: 'day', model: 'gpt-5*' }],
  ['5/6h', 'usd', { limit: '5', window: 'rolling', rolling_seconds: 21_600 }],
  ['100/total:bedrock/a:b', 'usd', { limit: '100', window: 'total', model: 'bedrock/a:b' }],
  ['60', 'requests', { limit: 60 }],
  ['4:gpt-5*', 'parallel_requests', { limit: 4, model: 'gpt-5*' }],
])('%s of %s is a limit', (text, unit, fields) => {
  expect(parseLimit(text, unit)).toEqual({ unit, ...fields });
});

test.each(['', '/month', '-1/day', '10/year', '10/', '1e3/day', '$10/month'])('"%s" is no limit', (text) => {
  expect(() => parseLimit(text, 'usd')).toThrow(/must be/);
});
