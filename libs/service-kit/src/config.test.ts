import { expect, test } from 'vitest';
import { z } from 'zod';
import type { ConfigError } from './config.ts';
import { parseConfig } from './config.ts';
import { kitConfigSchema } from './kit-config.ts';

const own = z.object({ PORT: z.coerce.number().int(), NAME: z.string() });

test('every problem of every schema is reported together, each by its variable', () => {
  const environment = { PORT: 'many', NATS_URL: 'http://nats', LOG_LEVEL: 'loud' };
  const problems = (() => {
    try {
      parseConfig([kitConfigSchema, own] as const, environment);
      return [];
    } catch (error) {
      return (error as ConfigError).problems;
    }
  })();
  expect(problems.map((problem) => problem.split(':')[0])).toEqual(['NATS_URL', 'LOG_LEVEL', 'PORT', 'NAME']);
});

test('a variable that is set but empty counts as not set', () => {
  const [kit, config] = parseConfig([kitConfigSchema, own] as const, { NATS_URL: '', PORT: '1', NAME: 'a' });
  expect(kit.nats.url).toBe('nats://127.0.0.1:4222');
  expect(config).toEqual({ PORT: 1, NAME: 'a' });
});

test('a problem never repeats the value, which may be a secret', () => {
  expect(() => parseConfig([kitConfigSchema] as const, { NATS_URL: 'mqtt://user:hunter2@host' })).toThrow(
    expect.not.stringContaining('hunter2') as string,
  );
});
