import { ConfigError, parseConfig } from '@weir/service-kit/config';
import { expect, test } from 'vitest';
import { configSchema } from './config.ts';

const parse = (env: NodeJS.ProcessEnv) => parseConfig([configSchema], env)[0];

test('an admin key is taken without the line end of the file that it was mounted from', () => {
  expect(parse({ WEIR_ADMIN_KEY: 'weir-admin-0123456789\n' }).adminKey).toBe('weir-admin-0123456789');
  expect(parse({ WEIR_ADMIN_KEY: '' }).adminKey).toBeUndefined();
});

test.each(['hunter2', 'hunter2 and more words', 'hunter2-hunter2-hunt\u20ac'])(
  'an admin key that is guessed or cannot be sent is told at the start, and not repeated',
  (key) => {
    expect(() => parse({ WEIR_ADMIN_KEY: key })).toThrow(ConfigError);
    expect(() => parse({ WEIR_ADMIN_KEY: key })).toThrow(/WEIR_ADMIN_KEY: must be at least 16 characters/);
    expect(() => parse({ WEIR_ADMIN_KEY: key })).not.toThrow(/hunter/);
  },
);

test('trusted proxies are addresses and networks, and nobody where none are named', () => {
  expect(parse({}).trustedProxies).toEqual([]);
  expect(parse({ WEIR_TRUSTED_PROXIES: '' }).trustedProxies).toEqual([]);
  expect(parse({ WEIR_TRUSTED_PROXIES: '10.0.0.0/8, 192.0.2.1,2001:db8::/32' }).trustedProxies).toEqual([
    '10.0.0.0/8',
    '192.0.2.1',
    '2001:db8::/32',
  ]);
  for (const wrong of ['true', '1', 'loopback', '10.0.0.0/33', '10.0.0', '*']) {
    expect(() => parse({ WEIR_TRUSTED_PROXIES: wrong })).toThrow(
      /WEIR_TRUSTED_PROXIES.*: must be IP addresses and networks as "10.0.0.0\/8", separated by commas/,
    );
  }
});
