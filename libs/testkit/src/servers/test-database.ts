import { randomBytes } from 'node:crypto';
import { Client, escapeIdentifier } from 'pg';
import { startPostgres } from './postgres.ts';
import { sharedServerUrl } from './shared-servers.ts';
import type { TestServer } from './test-server.ts';

export interface TestDatabase {
  /** The address of a role that owns this database and can do nothing elsewhere. */
  readonly url: string;
  /** Where it has a server of its own, which may be killed and restarted. */
  readonly server: TestServer | undefined;
  /** Removes it. */
  close(): Promise<void>;
}

/**
 * An empty database: on the Postgres that all test files of a run share, or on one of its own where it asks for that, or
 * where no vitest runs.
 */
export async function createTestDatabase({
  ownServer = false,
}: { ownServer?: boolean } = {}): Promise<TestDatabase> {
  const sharedUrl = ownServer ? undefined : await sharedServerUrl('postgres');
  const server = sharedUrl === undefined ? await startPostgres() : undefined;
  const adminUrl = sharedUrl ?? server?.url ?? '';
  const name = `test_${randomBytes(6).toString('hex')}`;
  const identifier = escapeIdentifier(name);
  await run(adminUrl, `create role ${identifier} login`, `create database ${identifier} owner ${identifier}`);
  const url = new URL(adminUrl);
  [url.username, url.password, url.pathname] = [name, '', name];
  return {
    url: url.href,
    server,
    close: async () => {
      if (server) await server.close();
      else await run(adminUrl, `drop database ${identifier} with (force)`, `drop role ${identifier}`);
    },
  };
}

async function run(url: string, ...statements: readonly string[]): Promise<void> {
  const client = new Client(url);
  client.on('error', () => undefined); // Its promises tell.
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}
