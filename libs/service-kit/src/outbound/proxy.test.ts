import { expect, test } from 'vitest';
import { z } from 'zod';
import { createProxyFor, proxyFields } from './proxy.ts';

const schema = z.object(proxyFields);
const proxyFor = (env: Record<string, string>, origin: string) =>
  createProxyFor(schema.parse(env))(origin)?.href;

test('https goes over the proxy, and plain http does not', () => {
  const env = { HTTPS_PROXY: 'http://proxy.corp.example:3128' };
  expect(proxyFor(env, 'https://api.openai.com')).toBe('http://proxy.corp.example:3128/');
  expect(proxyFor(env, 'http://gpu-box:8000')).toBeUndefined();
  expect(proxyFor({}, 'https://api.openai.com')).toBeUndefined();
  expect(proxyFor({ HTTPS_PROXY: 'proxy:3128' }, 'https://api.openai.com')).toBe('http://proxy:3128/');
});

test.each([
  ['*', true],
  ['llm.corp.example', true],
  ['.corp.example, other', true],
  ['corp.example', true],
  ['*.corp.example', true],
  ['llm.corp.example:443', true],
  ['llm.corp.example:8443', false],
  ['orp.example', false],
  ['other', false],
])('NO_PROXY %s: asked directly is %s', (NO_PROXY, isDirect) => {
  const env = { HTTPS_PROXY: 'http://proxy:3128', NO_PROXY };
  expect(proxyFor(env, 'https://llm.corp.example') === undefined).toBe(isDirect);
});

test('a proxy that is none is refused by the name of its variable', () => {
  expect(schema.safeParse({ HTTPS_PROXY: 'socks5://proxy:1080' }).error?.issues[0]).toMatchObject({
    path: ['HTTPS_PROXY'],
    message: 'must be the http(s) URL of a proxy that takes CONNECT',
  });
});
