import { expect, test } from 'vitest';
import { parseConfig } from '../config.ts';
import { redisConfigSchema } from '../redis/redis-config.ts';
import { databaseConfigSchema } from './database-config.ts';

const parse = (environment: NodeJS.ProcessEnv) =>
  parseConfig([databaseConfigSchema, redisConfigSchema], environment);

test('addresses alone are enough', () => {
  const [database, redis] = parse({
    DATABASE_URL: 'postgresql://a:b@host/c',
    REDIS_URL: 'rediss://a:b@host',
  });
  expect(database).toMatchObject({
    url: 'postgresql://a:b@host/c',
    maxConnections: 10,
    queryTimeoutMs: 10_000,
  });
  expect(redis).toMatchObject({ url: 'rediss://a:b@host', commandTimeoutMs: 2_000 });
});

test('all problems are told at once, and none tells a password', () => {
  const environment = {
    DATABASE_URL: 'mysql://a:canary@host/c',
    WEIR_DATABASE_MAX_CONNECTIONS: '0',
    WEIR_DATABASE_CA_FILE: '/no/such/file',
    REDIS_URL: 'canary',
  };
  const names = ['DATABASE_URL', 'WEIR_DATABASE_MAX_CONNECTIONS', '/no/such/file', 'REDIS_URL'];
  let message = '';
  try {
    parse(environment);
  } catch (error) {
    message = String(error);
  }
  for (const name of names) expect(message).toContain(name);
  expect(message).not.toContain('canary');
});
