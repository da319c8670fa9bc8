import { rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type LocalServer,
  type LocalServerOptions,
  startLocalServer,
} from '@weir/local-servers/local-server';
import { type Located, locate } from '@weir/local-servers/locate';
import { nats } from '@weir/local-servers/nats';
import { natsUrlFor } from '@weir/local-servers/nats-users';
import { freePort } from '@weir/local-servers/port';
import { natsServer } from '@weir/local-servers/program';
import type { LogLines } from './log-lines.ts';
import type { ProcessManager } from './process-manager.ts';
import { keepPasswords } from './secrets.ts';

export interface ServerParts {
  /** Absolute. */
  readonly stateFolder: string;
  readonly processes: ProcessManager;
  readonly logLines: LogLines;
}

/** Starts a nats-server of our own. Resolves to the address that each user has. */
export async function startNats(
  users: readonly string[],
  parts: ServerParts,
): Promise<(user: string) => string> {
  const { stateFolder, logLines } = parts;
  const passwords = await keepPasswords(join(stateFolder, 'nats-passwords.json'), users);
  const portFile = join(stateFolder, 'nats-port');
  // What it says of its configuration at each start is known and wanted; what it says later is news.
  let isNews = false;
  let located: Located | undefined;
  const port = await runServer('nats', parts, async (options) => {
    isNews = false;
    // Once, so that one that is started again is of the same version as before.
    located ??= await locate(natsServer, { ...options, prefersNewest: true });
    const onLine = (line: string) => {
      if (isNews) logLines.nats('nats', line);
    };
    const server = await startLocalServer(nats(passwords), { ...options, onLine, located });
    isNews = true;
    await writeFile(portFile, `${server.port}\n`, { mode: 0o600 });
    void server.ended.then(() => {
      rmSync(portFile, { force: true });
    });
    return server;
  });
  return (user) => natsUrlFor(user, passwords, port);
}

/**
 * Runs a server of this name with its data below the state folder. Its port is chosen once, so that the services find a
 * restarted one where it was; resolves to it.
 */
export async function runServer(
  name: string,
  { stateFolder, processes, logLines }: ServerParts,
  start: (options: LocalServerOptions) => Promise<LocalServer>,
  givenPort?: number,
): Promise<number> {
  const port = givenPort ?? (await freePort());
  const onProgress = (line: string) => {
    logLines.notice(name, 'info', line);
  };
  await processes.run(name, () => start({ port, dataFolder: join(stateFolder, name), onProgress }));
  return port;
}
