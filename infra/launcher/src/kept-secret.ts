import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface KeptSecret {
  readonly text: string;
  /** Absolute. */
  readonly file: string;
  /** Whether this start has made it. */
  readonly isNew: boolean;
}

export interface SecretToKeep {
  readonly stateFolder: string;
  /** The file's. */
  readonly name: string;
  /** Makes it of what is kept so far, which is nothing at the first start. */
  readonly complete: (kept: string | undefined) => string;
}

/** A secret that is made at the first start and kept in the state folder, in a file that only its owner can read. */
export async function keepSecret({ stateFolder, name, complete }: SecretToKeep): Promise<KeptSecret> {
  const file = join(stateFolder, name);
  const kept = await readFile(file, 'utf8').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  });
  const text = complete(kept);
  if (text !== kept) await writeFile(file, text, { mode: 0o600 });
  return { text, file, isNew: kept === undefined };
}
