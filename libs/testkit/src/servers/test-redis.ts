import { startRedis } from './redis.ts';
import { sharedServerUrl } from './shared-servers.ts';
import type { TestServer } from './test-server.ts';

export interface TestRedis {
  /** With the number of a database of its own, which is empty: `redis://127.0.0.1:6379/7`. */
  readonly url: string;
  /** Where it has a server of its own, which may be killed and restarted. */
  readonly server: TestServer | undefined;
  close(): Promise<void>;
}

/**
 * An empty Redis: a database of the one that all test files of a run share, or a server of its own where a test asks for that,
 * or where no vitest runs. Scripts, settings and channels are the server's: who changes those has its own.
 */
export async function createTestRedis({
  ownServer = false,
}: { ownServer?: boolean } = {}): Promise<TestRedis> {
  const sharedUrl = ownServer ? undefined : await sharedServerUrl('redis');
  if (sharedUrl !== undefined) return { url: sharedUrl, server: undefined, close: async () => undefined };
  const server = await startRedis();
  return { url: server.url, server, close: () => server.close() };
}
