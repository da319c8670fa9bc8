import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { PGlite } from '@electric-sql/pglite';
import { vector } from '@electric-sql/pglite-pgvector';

/**
 * Opens the database in this folder, and makes it where there is none. What it keeps can be made again: one that cannot be
 * read is set aside, for whoever wants to look, and another is made. `onNotice` is told.
 */
export async function openData(folder: string, onNotice: (text: string) => void): Promise<PGlite> {
  await mkdir(folder, { recursive: true });
  const data = join(folder, 'data');
  if (existsSync(data)) {
    try {
      return await open(data);
    } catch (error) {
      const aside = join(folder, 'unreadable');
      await rm(aside, { recursive: true, force: true });
      await rename(data, aside);
      onNotice(`the data cannot be read (${String(error)}): they are in ${aside} now, and new ones are made`);
    }
  }
  await make(folder, data);
  return open(data);
}

/** The default, 128 MB, is taken whole at the start. What is not in it is read from the system's own cache. */
const memory = ['-c', 'shared_buffers=32MB'];

async function open(dataDir: string): Promise<PGlite> {
  const startParams = [...PGlite.defaultStartParams, ...memory];
  const database = await PGlite.create({ dataDir, extensions: { vector }, startParams });
  await database.exec('create extension if not exists vector');
  return database;
}

const unfinished = 'making-';

/**
 * In a process that ends with it: what initdb takes, 400 MB, would stay with the server as long as that runs. One that is
 * killed meanwhile leaves nothing that would be taken for data.
 */
async function make(folder: string, data: string): Promise<void> {
  for (const name of await readdir(folder))
    if (name.startsWith(unfinished)) await rm(join(folder, name), { recursive: true, force: true });
  const making = join(folder, `${unfinished}${process.pid}`);
  await promisify(execFile)(execPath, [fileURLToPath(import.meta.url), making]);
  await rename(making, data);
}

if (import.meta.main) {
  const database = await open(process.argv[2] ?? '');
  await database.close();
}
