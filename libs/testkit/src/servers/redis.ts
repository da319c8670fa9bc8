import { redis } from '@weir/local-servers/redis';
import { type TestServer, startTestServer } from './test-server.ts';

/** Starts an empty redis-server. */
export function startRedis(): Promise<TestServer> {
  return startTestServer(redis);
}
