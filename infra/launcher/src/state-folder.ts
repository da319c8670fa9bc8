import { access, constants, mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Makes the folder where it is not there, and makes sure that files can be written there. Rejects with what the user can do. */
export async function ensureStateFolder(folder: string): Promise<void> {
  try {
    await makeFolder(folder);
    await access(folder, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new Error(
      `its state cannot be kept in ${folder}: ${error instanceof Error ? error.message : String(error)}.\n` +
        'Choose a folder that you may write to: WEIR_STATE_DIR=$HOME/.weir npm start',
      { cause: error },
    );
  }
}

/** One folder after the other: `mkdir` with `recursive` never ends where the parent is there and still cannot hold it (`/proc`). */
async function makeFolder(folder: string): Promise<void> {
  const found = await stat(folder).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  });
  if (found && !found.isDirectory()) throw new Error('it is a file');
  if (found) return;
  await makeFolder(dirname(folder));
  await mkdir(folder, { mode: 0o700 });
}
