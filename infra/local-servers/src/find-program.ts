import { constants, globSync } from 'node:fs';
import { access, realpath } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import type { Program } from './program.ts';
import { runCommand } from './run-command.ts';

/** The first executable of that name on the PATH or in the program's own folders, newest version first. */
export async function findFile(program: Program, path: string): Promise<string | undefined> {
  for await (const file of executables(program, path)) return file;
  return undefined;
}

export interface FoundVersion {
  readonly file: string;
  /** `2.9.10` */
  readonly version: string;
}

/**
 * The newest of all that are on the PATH and in the program's own folders, and where these are all older than is recommended, of what
 * pip has installed.
 */
export async function findNewest(program: Program, path: string): Promise<FoundVersion | undefined> {
  const files: string[] = [];
  for await (const file of executables(program, path)) files.push(file);
  const newest = await newestOf(files);
  if (newest && !isOlder(newest.version, program.recommended?.version)) return newest;
  const ofPip = (await pipFolders(path)).map((folder) => join(folder, program.command));
  return newestOf([...files, ...ofPip]);
}

/** Whether a version is older than another; none is older than none. */
export function isOlder(version: string, than: string | undefined): boolean {
  return than !== undefined && version.localeCompare(than, 'en', { numeric: true }) < 0;
}

async function* executables(program: Program, path: string): AsyncGenerator<string> {
  for (const folder of path.split(delimiter).filter(Boolean)) {
    const file = join(folder, program.command);
    if (await isExecutable(file)) yield file;
  }
  for (const pattern of program.folders) {
    const files = globSync(join(pattern, program.command));
    files.sort((a, b) => b.localeCompare(a, 'en', { numeric: true }));
    for (const file of files) if (await isExecutable(file)) yield file;
  }
}

/** The first of those that are equally new. One that does not tell its version is passed over. */
async function newestOf(files: readonly string[]): Promise<FoundVersion | undefined> {
  const names = await Promise.all(files.map((file) => realpath(file).catch(() => '')));
  const distinct = files.filter((_, at) => names[at] !== '' && names.indexOf(names[at] ?? '') === at);
  const found = await Promise.all(
    distinct.map(async (file) => {
      const { output } = await runCommand(file, ['--version'], { timeout: 5_000 });
      const version = /\d+\.\d+\.\d+/.exec(output)?.[0];
      return version === undefined ? [] : [{ file, version }];
    }),
  );
  return found
    .flat()
    .reduce<FoundVersion | undefined>(
      (newest, next) => (newest && !isOlder(newest.version, next.version) ? newest : next),
      undefined,
    );
}

/** Where pip puts programs that come in wheels: of the Python on the PATH, and of this user. */
async function pipFolders(path: string): Promise<string[]> {
  const script =
    'import os, sysconfig; print(sysconfig.get_path("scripts")); print(sysconfig.get_path("scripts", os.name + "_user"))';
  const env = { ...process.env, PATH: path };
  const { code, output } = await runCommand('python3', ['-c', script], { env, timeout: 5_000 });
  return code === 0 ? output.split('\n').filter(Boolean) : [];
}

function isExecutable(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}
