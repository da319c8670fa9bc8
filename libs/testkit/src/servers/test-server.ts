import type { ServerKind } from '@weir/local-servers/server-kind';
import { startInContainer } from './container.ts';
import { startAsProcess } from './process.ts';

/** A real server for tests, on a free port of this machine, with data of its own. */
export interface TestServer {
  readonly port: number;
  readonly url: string;
  /** Ends it at once, as a crash would. */
  kill(): Promise<void>;
  /** Starts it again on its port with its data, whether it runs or was killed. */
  restart(): Promise<void>;
  /** Stops it and removes its data. */
  close(): Promise<void>;
}

/** Starts a server in Docker where that answers and has the image, else as a process, installed if need be. */
export async function startTestServer(kind: ServerKind): Promise<TestServer> {
  return (await startInContainer(kind)) ?? (await startAsProcess(kind));
}
