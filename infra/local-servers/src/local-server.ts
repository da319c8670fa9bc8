import { mkdir } from 'node:fs/promises';
import { containerCommand } from './container-command.ts';
import { type Located, locate } from './locate.ts';
import { type OwnedProcess, startOwnedProcess } from './owned-process.ts';
import { freePort, portIsFree } from './port.ts';
import type { ServerKind } from './server-kind.ts';
import { untilItAnswers } from './until-it-answers.ts';

export interface LocalServerOptions {
  /** Where it keeps its data; made if it is not there. */
  readonly dataFolder: string;
  /** On the loopback interface; a free one unless given. */
  readonly port?: number;
  /** Told each line that the server writes. */
  readonly onLine?: (line: string) => void;
  /** Told what is being done when it may take a while: an installation, an image. */
  readonly onProgress?: (line: string) => void;
  /** Where its program was found before; it is looked for unless given. */
  readonly located?: Located;
}

export interface LocalServer extends OwnedProcess {
  readonly port: number;
  readonly url: string;
}

/**
 * Starts a server on the loopback interface and resolves when it answers. It ends with this process, however this
 * process ends. Rejects where the program cannot be had, the port is taken, or the server ends before it answers.
 */
export async function startLocalServer(kind: ServerKind, options: LocalServerOptions): Promise<LocalServer> {
  const { dataFolder, onLine } = options;
  const { program } = kind;
  const { command: name } = program;
  const located = options.located ?? ('file' in program ? program : await locate(program, options));
  const port = options.port ?? (await freePort());
  if (!(await portIsFree(port)))
    throw new Error(`${name} cannot listen on port ${port}: another program has it`);
  await mkdir(dataFolder, { recursive: true });

  const shared = { stopSignal: kind.stopSignal, ...(onLine && { onLine }) };
  const place = { host: '127.0.0.1', port, dataFolder };
  const server =
    'file' in located
      ? await startOwnedProcess({
          ...shared,
          command: located.file,
          args: kind.arguments(place),
          env: { PATH: process.env['PATH'], ...kind.environment?.(dataFolder) },
          ...(await kind.prepare?.({ ...place, file: located.file })),
        })
      : await startOwnedProcess({
          ...shared,
          ...containerCommand(kind, { image: located.image, port, dataFolder }),
        });
  await untilItAnswers(kind, port, server);
  // SIGKILL would end Docker's client alone, and leave the server in its container.
  const kill = 'file' in located ? server.kill : server.stop;
  return { ...server, kill, port, url: kind.url(port) };
}
