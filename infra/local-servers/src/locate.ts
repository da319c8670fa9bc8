import { constants, globSync } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { type Installer, installers } from './installers.ts';
import type { Program } from './program.ts';
import { runCommand } from './run-command.ts';

/** Where a program was found: a file to run, or an image to run it from. */
export type Located = { readonly file: string } | { readonly image: string };

export interface LocateOptions {
  /** Told what is being done when it may take a while, in words for the user. */
  readonly onProgress?: (line: string) => void;
  /** Where to look first; the PATH of this process unless given. */
  readonly path?: string;
  readonly installers?: readonly Installer[];
}

/**
 * Finds a server program: on the PATH, else installed now by apt or brew, else in an image that Docker runs.
 * Rejects with a message that says what to install where none of these is possible.
 */
export async function locate(program: Program, options: LocateOptions = {}): Promise<Located> {
  const onProgress = options.onProgress ?? (() => undefined);
  const path = options.path ?? process.env['PATH'] ?? '';
  const present = await findFile(program, path);
  if (present) return { file: present };

  const refusals: string[] = [];
  for (const installer of options.installers ?? installers) {
    if (!(await installer.usable())) continue;
    onProgress(`${program.command} is not installed: installing it with ${installer.name} ...`);
    const problem = await installer.install(program);
    const file = problem === undefined ? await findFile(program, path) : undefined;
    if (file) return { file };
    refusals.push(`${installer.name}: ${problem ?? `it installed no ${program.command}`}`);
  }

  if (await dockerAnswers(path)) {
    onProgress(`${program.command} is not installed: running it from the image ${program.image}`);
    return { image: program.image };
  }
  throw new Error(
    [`${program.command} is not installed, and this machine offers no way to install it by itself.`]
      .concat(refusals)
      .concat(
        `Install ${program.aptPackage} (apt), ${program.brewFormula} (brew) or Docker, and start again.`,
      )
      .join('\n  '),
  );
}

/** The first executable of that name on the PATH or in the program's own folders, newest version first. */
async function findFile(program: Program, path: string): Promise<string | undefined> {
  for (const folder of path.split(delimiter).filter(Boolean)) {
    const file = join(folder, program.command);
    if (await isExecutable(file)) return file;
  }
  for (const pattern of program.folders) {
    const files = globSync(join(pattern, program.command));
    files.sort((a, b) => b.localeCompare(a, 'en', { numeric: true }));
    for (const file of files) if (await isExecutable(file)) return file;
  }
  return undefined;
}

async function isExecutable(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}

async function dockerAnswers(path: string): Promise<boolean> {
  const env = { ...process.env, PATH: path };
  const { code } = await runCommand('docker', ['version', '--format', '{{.Server.Version}}'], { env });
  return code === 0;
}
