import { chown, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { firstAnswer } from './first-answer.ts';
import { postgresServer } from './program.ts';
import { runCommand } from './run-command.ts';
import type { ServerKind } from './server-kind.ts';

const superuser = 'weir';
const database = 'postgres';

/** A Postgres for tests: whoever reaches the port is its superuser, and a power cut may cost its data. */
export const postgres: ServerKind = {
  program: postgresServer,
  // SIGTERM would wait for every client to leave.
  stopSignal: 'SIGINT',
  url: (port) => `postgresql://${superuser}@127.0.0.1:${port}/${database}`,
  arguments: ({ host, port, dataFolder }) => [
    ...['-D', dataFolder, '-h', host, '-p', String(port)],
    // Not everybody may write to the folder that Debian compiles in.
    ...['-c', 'unix_socket_directories='],
    ...['-c', 'fsync=off', '-c', 'synchronous_commit=off', '-c', 'full_page_writes=off'],
  ],
  answers: async (port) => (await firstAnswer(port, startupMessage()))?.[0] === authenticationOk,
  prepare: async ({ file, dataFolder }) => {
    const user = await unprivilegedUser();
    if (user) await chown(dataFolder, user.uid, user.gid);
    if ((await readdir(dataFolder)).length === 0) {
      const { code, output } = await runCommand(
        join(dirname(file), 'initdb'),
        ['-D', dataFolder, '-U', superuser, '--auth=trust', '--encoding=UTF8', '--locale=C', '--no-sync'],
        { ...user, cwd: dataFolder },
      );
      if (code !== 0) throw new Error(`initdb could not make a database in ${dataFolder}:\n${output}`);
    }
    return user ?? {};
  },
  // Its image makes the data by itself, and is told what here.
  environment: (dataFolder) => ({
    PGDATA: dataFolder,
    POSTGRES_USER: superuser,
    POSTGRES_DB: database,
    POSTGRES_HOST_AUTH_METHOD: 'trust',
  }),
};

/** Postgres refuses to run as root, so root runs it as the user that its package made. */
async function unprivilegedUser(): Promise<{ uid: number; gid: number } | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const [uid, gid] = await Promise.all(['-u', '-g'].map((flag) => runCommand('id', [flag, 'postgres'])));
  if (uid?.code !== 0 || gid?.code !== 0) {
    throw new Error('postgres does not run as root, and this machine has no user named postgres');
  }
  return { uid: Number(uid.output), gid: Number(gid.output) };
}

const authenticationOk = 'R'.charCodeAt(0);

/** The first message of protocol 3.0. A server that is still starting answers it with an error. */
function startupMessage(): Buffer {
  const parameters = ['user', superuser, 'database', database, ''].map((text) => `${text}\0`).join('');
  const message = Buffer.alloc(8 + parameters.length);
  message.writeUInt32BE(message.length, 0);
  message.writeUInt32BE(3 << 16, 4);
  message.write(parameters, 8);
  return message;
}
