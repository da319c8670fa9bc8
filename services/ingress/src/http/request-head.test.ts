import fc from 'fast-check';
import { expect, test } from 'vitest';
import { headFault } from './request-head.ts';

const judge = (headers: Record<string, string>, { url = '/v1/models', httpVersion = '1.1' } = {}) =>
  headFault({
    headers: { host: 'weir.example', ...headers },
    httpVersion,
    url,
    rawHeaders: Object.entries(headers).flat(),
  })?.code;

test.each([
  { host: 'localhost:8080' },
  { host: 'weir_ingress.svc.cluster.local' },
  { host: '[2001:db8::1]:443' },
  { host: '192.0.2.1' },
  { 'transfer-encoding': 'Chunked' },
  { expect: '100-Continue' },
])('a head with %o is taken', (headers) => {
  expect(judge(headers)).toBeUndefined();
});

test.each(['/v1/models?a=1', 'http://weir.example/v1/models', 'https://weir.example', '*'])(
  'the target %s is taken, or has no route',
  (url) => {
    expect(judge({}, { url })).toBeUndefined();
  },
);

test.each([
  '',
  'v1/models',
  '/v1/models#a',
  'file:///v1/models',
  'http:///v1/models',
  'http://user:key@weir/v1',
])('the target %j is refused', (url) => {
  expect(judge({}, { url })).toBe('invalid_request');
});

test('a transfer coding but chunked alone is refused, whatever it is called', () => {
  const coding = fc.oneof(
    fc.string(),
    fc.constantFrom('gzip, chunked', 'chunked, chunked', ' chunked', 'chunked;q=1', 'identity', '"chunked"'),
  );
  fc.assert(
    fc.property(coding, (value) => {
      fc.pre(value.toLowerCase() !== 'chunked');
      expect(judge({ 'transfer-encoding': value })).toBe('invalid_header');
    }),
  );
});

test('a host with anything that parts two hosts, a path or a name is refused', () => {
  const parts = fc.tuple(fc.string(), fc.constantFrom(',', '/', '@', ' ', '?', '\\', '\t'), fc.string());
  fc.assert(
    fc.property(parts, ([before, separator, after]) => {
      expect(judge({ host: before + separator + after })).toBe('invalid_header');
    }),
  );
});

test('an expectation but "100-continue" is refused', () => {
  for (const expected of ['', 'foo', '100-continue, foo', 'x 100-continue', '200-ok']) {
    expect(judge({ expect: expected })).toBe('expectation_failed');
  }
});
