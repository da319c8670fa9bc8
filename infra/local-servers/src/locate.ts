import { findFile, findNewest, isOlder } from './find-program.ts';
import { type Installer, installers } from './installers.ts';
import type { Program } from './program.ts';
import { runCommand } from './run-command.ts';

/** Where a program was found: a file to run, or an image to run it from. */
export type Located = { readonly file: string } | { readonly image: string };

export interface LocateOptions {
  /** Told what is being done when it may take a while, and what an old version risks, in words for the user. */
  readonly onProgress?: (line: string) => void;
  /** Where to look first; the PATH of this process unless given. */
  readonly path?: string;
  readonly installers?: readonly Installer[];
  /** Whether the newest version that is here is looked for, wherever it is, and not the first. */
  readonly prefersNewest?: boolean;
}

/**
 * Finds a server program: on the PATH, else installed now by apt or brew, else in an image that Docker runs.
 * Rejects with a message that says what to install where none of these is possible.
 */
export async function locate(program: Program, options: LocateOptions = {}): Promise<Located> {
  const onProgress = options.onProgress ?? (() => undefined);
  const path = options.path ?? process.env['PATH'] ?? '';
  const find = options.prefersNewest ? findPreferred : findPresent;
  const present = await find(program, path, onProgress);
  if (present) return present;

  const refusals: string[] = [];
  for (const installer of options.installers ?? installers) {
    if (!(await installer.usable())) continue;
    onProgress(`${program.command} is not installed: installing it with ${installer.name} ...`);
    const problem = await installer.install(program);
    const located = problem === undefined ? await find(program, path, onProgress) : undefined;
    if (located) return located;
    refusals.push(`${installer.name}: ${problem ?? `it installed no ${program.command}`}`);
  }

  if (await docker(['version', '--format', '{{.Server.Version}}'], path)) {
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

async function findPresent(program: Program, path: string): Promise<Located | undefined> {
  const file = await findFile(program, path);
  return file === undefined ? undefined : { file };
}

/**
 * The newest version on this machine. Where it is older than is recommended, the image, where Docker has that already; where it has
 * not, the user is told what the old one risks. Nothing is downloaded.
 */
async function findPreferred(
  program: Program,
  path: string,
  onProgress: (line: string) => void,
): Promise<Located | undefined> {
  const { command, recommended, image } = program;
  const newest = await findNewest(program, path);
  if (!newest) return findPresent(program, path);
  if (!recommended || !isOlder(newest.version, recommended.version)) return newest;
  const { file, version } = newest;
  if (await docker(['image', 'inspect', image], path)) {
    onProgress(`${command} ${version} is old: running it from the image ${image}`);
    return { image };
  }
  onProgress(`${command} ${version} (${file}) is the newest that was found: ${recommended.because}`);
  return { file };
}

async function docker(args: readonly string[], path: string): Promise<boolean> {
  const env = { ...process.env, PATH: path };
  const { code } = await runCommand('docker', args, { env, timeout: 10_000 });
  return code === 0;
}
