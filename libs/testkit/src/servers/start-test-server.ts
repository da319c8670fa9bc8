import type { ServerKind } from '@weir/local-servers/server-kind';
import { startInContainer } from './container.ts';
import { startAsProcess } from './process.ts';
import type { TestServer } from './test-server.ts';

/** Starts a server in Docker where that answers and has the image, else as a process, installed if need be. */
export async function startTestServer(kind: ServerKind): Promise<TestServer> {
  return (await startInContainer(kind)) ?? (await startAsProcess(kind));
}
