import { redis } from '@weir/local-servers/redis';
import { startTestServer } from './start-test-server.ts';
import type { TestServer } from './test-server.ts';

/** Starts an empty redis-server. */
export function startRedis(): Promise<TestServer> {
  return startTestServer(redis);
}
