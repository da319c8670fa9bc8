import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startPostgres } from './postgres.ts';
import { startRedis } from './redis.ts';
import { startVectorDatabase } from './vector-database.ts';
import type { TestServer } from './test-server.ts';

/** Where a test process asks for the servers of its run; absent outside of vitest. */
const addressVariable = 'WEIR_TEST_SERVERS';

/** How many users the Redis of a run can have, each in a database of its own. An empty one costs it next to nothing. */
const redisDatabases = 8_192;

const startServer = {
  postgres: () => startPostgres(),
  redis: () => startRedis(undefined, { databases: redisDatabases }),
  vectors: startVectorDatabase,
};

type SharedServer = keyof typeof startServer;

/**
 * vitest's global setup: one Postgres, one Redis and one vector database for all test files of a run, since making one takes longer than most of
 * them. Each is started by the first who asks, belongs to vitest's own process, and ends with that, however it ends.
 */
export default async function setup(): Promise<() => Promise<void>> {
  const started = new Map<SharedServer, Promise<TestServer>>();
  let redisUsers = 0;
  const broker = createServer(({ url: path = '' }, response) => {
    const name = serverNamed(path.slice(1));
    const server = started.get(name) ?? startServer[name]();
    started.set(name, server);
    server.then(
      // Nobody else is ever told of this database of Redis: it is empty.
      ({ url }) => response.end(name === 'redis' ? `${url}/${redisUsers++}` : url),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
  broker.listen(0, '127.0.0.1');
  await once(broker, 'listening');
  broker.unref();
  process.env[addressVariable] = `http://127.0.0.1:${(broker.address() as AddressInfo).port}`;
  return async () => {
    broker.close();
    for (const server of started.values()) await (await server).close();
  };
}

function serverNamed(name: string): SharedServer {
  if (name in startServer) return name as SharedServer;
  throw new Error(`tests share no server named ${name}`);
}

/**
 * The address of a server that this run shares: the superuser's of Postgres and of the vector database, an empty database of
 * Redis, another one at each call. Resolves to nothing outside of vitest.
 */
export async function sharedServerUrl(name: SharedServer): Promise<string | undefined> {
  const address = process.env[addressVariable];
  if (address === undefined) return undefined;
  const response = await fetch(`${address}/${name}`);
  const answer = await response.text();
  if (!response.ok) throw new Error(answer);
  return answer;
}
