import { spawn } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../..', import.meta.url));

const binaries = join(root, 'node_modules/.bin');

/** Runs one of the tools that npm installed, in Weir's folder, under the pinned Node. Resolves to whether it went well. */
export function runProgram(
  name: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<boolean> {
  const child = spawn(join(binaries, name), args, {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    // The tools find their Node on the PATH, and the pinned one is among the binaries.
    env: { ...process.env, PATH: `${binaries}${delimiter}${process.env['PATH'] ?? ''}`, ...env },
  });
  return new Promise((resolve) => {
    child.once('error', (error) => {
      console.error(error.message);
      resolve(false);
    });
    child.once('close', (code) => {
      resolve(code === 0);
    });
  });
}
