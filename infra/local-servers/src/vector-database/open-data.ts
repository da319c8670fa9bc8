import { existsSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { vector } from '@electric-sql/pglite-pgvector';

/**
 * Opens the database in this folder, and makes it where there is none. What it keeps can be made again: one that cannot be
 * read is set aside, for whoever wants to look, and another is made. `onNotice` is told.
 */
export async function openData(folder: string, onNotice: (text: string) => void): Promise<PGlite> {
  await mkdir(folder, { recursive: true });
  const data = join(folder, 'data');
  const complete = join(folder, 'complete');
  if (existsSync(complete)) {
    try {
      return await open(data);
    } catch (error) {
      const aside = join(folder, 'unreadable');
      await rm(aside, { recursive: true, force: true });
      await rename(data, aside);
      onNotice(`the data cannot be read (${String(error)}): they are in ${aside} now, and new ones are made`);
    }
  }
  await rm(complete, { force: true });
  await rm(data, { recursive: true, force: true });
  const database = await open(data);
  // One that was killed while it made its data begins again.
  await writeFile(complete, '');
  return database;
}

/** The default, 128 MB, is taken whole at the start. What is not in it is read from the system's own cache. */
const memory = ['-c', 'shared_buffers=32MB'];

async function open(dataDir: string): Promise<PGlite> {
  const startParams = [...PGlite.defaultStartParams, ...memory];
  const database = await PGlite.create({ dataDir, extensions: { vector }, startParams });
  await database.exec('create extension if not exists vector');
  return database;
}
