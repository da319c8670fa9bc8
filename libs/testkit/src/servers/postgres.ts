import { type PostgresOptions, postgres } from '@weir/local-servers/postgres';
import { startTestServer } from './start-test-server.ts';
import type { TestServer } from './test-server.ts';

/** Starts an empty Postgres; the user in its URL is a superuser. With a password it is the one of `npm start`. */
export function startPostgres(options?: PostgresOptions): Promise<TestServer> {
  return startTestServer(postgres(options));
}
