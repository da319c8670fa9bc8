import { postgres } from '@weir/local-servers/postgres';
import { startTestServer } from './start-test-server.ts';
import type { TestServer } from './test-server.ts';

/** Starts an empty Postgres; the user in its URL is a superuser. */
export function startPostgres(): Promise<TestServer> {
  return startTestServer(postgres);
}
