import { type RedisOptions, type RedisPasswords, redis } from '@weir/local-servers/redis';
import { startTestServer } from './start-test-server.ts';
import type { TestServer } from './test-server.ts';

/** Starts an empty redis-server; with passwords, one that only these services may use. */
export function startRedis(passwords?: RedisPasswords, options?: RedisOptions): Promise<TestServer> {
  return startTestServer(redis(passwords, options));
}
