import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { sharedServerUrl } from './shared-servers.ts';
import type { TestServer } from './test-server.ts';
import { startVectorDatabase } from './vector-database.ts';

export interface TestVectors {
  /** Of a Postgres with pgvector; `VECTOR_DATABASE_URL` takes it. */
  readonly url: string;
  /** A schema that nobody else uses, not made yet; `WEIR_VECTOR_NAMESPACE` takes it. */
  readonly namespace: string;
  /** Where it has a server of its own, which may be killed and restarted. */
  readonly server: TestServer | undefined;
  /** Removes it. */
  readonly close: () => Promise<void>;
}

/** A place for points: on the vector database that all test files of a run share, or on one of its own. It takes seconds to start. */
export async function createTestVectors({
  ownServer = false,
}: { ownServer?: boolean } = {}): Promise<TestVectors> {
  const sharedUrl = ownServer ? undefined : await sharedServerUrl('vectors');
  const server = sharedUrl === undefined ? await startVectorDatabase() : undefined;
  const url = sharedUrl ?? server?.url ?? '';
  const namespace = `test_${randomBytes(6).toString('hex')}`;
  return {
    url,
    namespace,
    server,
    close: () => (server ? server.close() : dropSchema(url, namespace)),
  };
}

/** As whoever may: in a test of a Postgres that was given, that is its user. */
export async function dropSchema(url: string, schema: string): Promise<void> {
  const client = new Client(url);
  client.on('error', () => undefined); // Its promises tell.
  await client.connect();
  try {
    await client.query(`drop schema if exists ${schema} cascade`);
  } finally {
    await client.end();
  }
}
