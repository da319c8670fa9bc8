import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startPostgres } from './postgres.ts';
import type { TestServer } from './test-server.ts';

/** Where a test process asks for the Postgres of its run; absent outside of vitest. */
const addressVariable = 'WEIR_TEST_POSTGRES';

/**
 * vitest's global setup: one Postgres for all test files of a run, since making one takes longer than most of them. It is
 * started by the first who asks, belongs to vitest's own process, and ends with that, however it ends.
 */
export default async function setup(): Promise<() => Promise<void>> {
  let started: Promise<TestServer> | undefined;
  const broker = createServer((_request, response) => {
    started ??= startPostgres();
    started.then(
      ({ url }) => response.end(url),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
  broker.listen(0, '127.0.0.1');
  await once(broker, 'listening');
  broker.unref();
  process.env[addressVariable] = `http://127.0.0.1:${(broker.address() as AddressInfo).port}`;
  return async () => {
    broker.close();
    await (await started)?.close();
  };
}

/** The superuser's address at the Postgres that this run shares. Resolves to nothing outside of vitest. */
export async function sharedPostgresUrl(): Promise<string | undefined> {
  const address = process.env[addressVariable];
  if (address === undefined) return undefined;
  const response = await fetch(address);
  const answer = await response.text();
  if (!response.ok) throw new Error(answer);
  return answer;
}
