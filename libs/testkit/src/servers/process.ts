import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startLocalServer } from '@weir/local-servers/local-server';
import type { ServerKind } from '@weir/local-servers/server-kind';
import type { TestServer } from './test-server.ts';

/** Starts a server as a child process. It ends with this one, even where a test forgets to close it. */
export async function startAsProcess(kind: ServerKind): Promise<TestServer> {
  const dataFolder = await mkdtemp(join(tmpdir(), 'weir-test-'));
  let server = await startLocalServer(kind, { dataFolder });
  const { port, url } = server;
  return {
    port,
    url,
    get pid() {
      return server.pid;
    },
    kill: () => server.kill(),
    restart: async () => {
      await server.stop();
      server = await startLocalServer(kind, { dataFolder, port });
    },
    close: async () => {
      await server.stop();
      // Of a Postgres that was killed, a process may still be leaving, which removes files of its own.
      await rm(dataFolder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
    },
  };
}
