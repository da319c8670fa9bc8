import { chown, readFile, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { firstAnswer } from './first-answer.ts';
import { postgresServer } from './program.ts';
import { runCommand } from './run-command.ts';
import type { ServerKind } from './server-kind.ts';

const superuser = 'weir';
const database = 'postgres';

export interface PostgresOptions {
  /**
   * The superuser's. With it the server keeps what it has committed over a power cut, as `npm start` needs it. Without,
   * whoever reaches the port is its superuser and it waits for no disk, as tests like it: what it has committed outlives
   * the server, but not the machine.
   */
  readonly password?: string;
}

/** Postgres as this machine has it. The address is the superuser's; services have roles of their own. */
export function postgres({ password }: PostgresOptions = {}): ServerKind {
  const server: Omit<ServerKind, 'prepare'> = {
    program: postgresServer,
    // SIGTERM would wait for every client to leave.
    stopSignal: 'SIGINT',
    url: (port) =>
      `postgresql://${superuser}${password === undefined ? '' : `:${password}`}@127.0.0.1:${port}/${database}`,
    arguments: ({ host, port, dataFolder }) => [
      ...['-D', dataFolder, '-h', host, '-p', String(port)],
      // Not everybody may write to the folder that Debian compiles in.
      ...['-c', 'unix_socket_directories='],
      ...(password === undefined ? ['-c', 'fsync=off', '-c', 'full_page_writes=off'] : []),
    ],
    answers: answersAsPostgres,
    // Its image makes the data by itself, and is told what here.
    environment: (dataFolder) => ({
      PGDATA: dataFolder,
      POSTGRES_USER: superuser,
      POSTGRES_DB: database,
      ...(password === undefined ? { POSTGRES_HOST_AUTH_METHOD: 'trust' } : { POSTGRES_PASSWORD: password }),
    }),
  };
  return {
    ...server,
    prepare: async ({ file, dataFolder, ...place }) => {
      await assertSameVersion(file, dataFolder);
      const owner = await dataOwner(dataFolder);
      if ((await readdir(dataFolder)).length === 0) await makeData({ file, owner, password });
      const run = [file, ...server.arguments({ ...place, dataFolder: owner.folder })];
      const [command = '', ...args] = owner.command(run);
      return { command, args };
    },
  };
}

/** Who runs Postgres, and by which path that user reaches the data. */
interface DataOwner {
  readonly folder: string;
  command(run: readonly string[]): readonly string[];
}

/**
 * Postgres refuses to run as root, so root runs it as the user that its package made. That user may not be able to walk
 * to the data, below /root for one, so it gets the folder as an open file of which /proc has a path.
 */
async function dataOwner(dataFolder: string): Promise<DataOwner> {
  if (process.getuid?.() !== 0) return { folder: dataFolder, command: (run) => run };
  const [uid, gid] = await Promise.all(['-u', '-g'].map((flag) => runCommand('id', [flag, 'postgres'])));
  if (uid?.code !== 0 || gid?.code !== 0) {
    throw new Error('postgres does not run as root, and this machine has no user named postgres');
  }
  await chown(dataFolder, Number(uid.output), Number(gid.output));
  const script =
    'cd / && exec 4<"$1" && shift && exec setpriv --reuid postgres --regid postgres --init-groups -- "$@"';
  return {
    folder: '/proc/self/fd/4',
    command: (run) => ['/bin/sh', '-c', script, 'sh', dataFolder, ...run],
  };
}

async function makeData({
  file,
  owner,
  password,
}: {
  file: string;
  owner: DataOwner;
  password?: string | undefined;
}) {
  const initdb = [join(dirname(file), 'initdb'), '-D', owner.folder, '-U', superuser];
  const encoding = ['--encoding=UTF8', '--locale=C'];
  const run =
    password === undefined
      ? [...initdb, ...encoding, '--auth=trust', '--no-sync']
      : // Everybody on the machine can read a command line, and a file would have to be removed again.
        [
          ...['/bin/sh', '-c', 'printf %s "$WEIR_INITDB_PASSWORD" | "$@" --pwfile=/dev/stdin', 'sh'],
          ...[...initdb, ...encoding, '--auth=scram-sha-256'],
        ];
  const [command = '', ...args] = owner.command(run);
  const env = {
    PATH: process.env['PATH'],
    ...(password !== undefined && { WEIR_INITDB_PASSWORD: password }),
  };
  const { code, output } = await runCommand(command, args, { env });
  if (code !== 0) throw new Error(`initdb could not make a database:\n${output}`);
}

/** Rejects where the data were written by another major version: Postgres reads its own only. */
async function assertSameVersion(file: string, dataFolder: string): Promise<void> {
  const written = await readFile(join(dataFolder, 'PG_VERSION'), 'utf8').catch(() => undefined);
  if (written === undefined) return;
  const { output } = await runCommand(file, ['--version']);
  const version = /(\d+)/.exec(output)?.[1];
  if (version !== written.trim()) {
    throw new Error(
      `${dataFolder} was written by Postgres ${written.trim()} and ${file} is ${version}: ` +
        `put a Postgres ${written.trim()} first on the PATH, or move that folder away to begin with an empty database`,
    );
  }
}

/** Whether what listens there lets clients of Postgres log in. */
export async function answersAsPostgres(port: number): Promise<boolean> {
  return (await firstAnswer(port, startupMessage()))?.[0] === authenticationRequest;
}

/** What a server that serves answers first, whether it then asks for a password or lets us in. */
const authenticationRequest = 'R'.charCodeAt(0);

/** The first message of protocol 3.0. A server that is still starting answers it with an error. */
function startupMessage(): Buffer {
  const parameters = ['user', superuser, 'database', database, ''].map((text) => `${text}\0`).join('');
  const message = Buffer.alloc(8 + parameters.length);
  message.writeUInt32BE(message.length, 0);
  message.writeUInt32BE(3 << 16, 4);
  message.write(parameters, 8);
  return message;
}
