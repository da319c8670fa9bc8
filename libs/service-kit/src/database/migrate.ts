import { createHash } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runner } from 'node-pg-migrate';
import { Client, DatabaseError } from 'pg';
import type { Logger } from '../logger.ts';
import { connectionOptions } from './connection-options.ts';
import type { DatabaseSettings } from './database-config.ts';

export interface MigrateOptions {
  readonly settings: DatabaseSettings;
  /** Whose schema is migrated. */
  readonly service: string;
  /** Holds `0001_what_it_does.sql` and so on: each applied once, in this order, and never changed afterwards. */
  readonly folder: URL;
  readonly logger: Logger;
}

const migrationsTable = 'schema_migrations';
const checksumsTable = 'schema_migration_checksums';
const fileName = /^\d{4}_\w+\.sql$/;

/**
 * Applies what is not applied yet: all of it, in one transaction, or nothing. Replicas that start at once wait for each
 * other. Rejects, in words for an operator, where a migration fails or one that was applied is no longer the same. A
 * database that is ahead of these files, as in a rolling update, is left as it is.
 */
export async function migrate({ settings, service, folder, logger }: MigrateOptions): Promise<void> {
  const directory = fileURLToPath(folder);
  const checksums = await readChecksums(directory);
  const client = new Client({
    ...connectionOptions(settings, service),
    // It waits for as long as another replica migrates, and may have much to do.
    statement_timeout: 0,
    query_timeout: 0,
    lock_timeout: 0,
    idle_in_transaction_session_timeout: 0,
  });
  client.on('error', () => undefined); // Its promises tell.
  await client.connect();
  try {
    await client.query("select pg_advisory_lock(hashtextextended('weir.migrate.' || $1, 0))", [service]);
    // From here on it would hold up those who use the tables that it waits for.
    await client.query(`set lock_timeout = ${settings.lockTimeoutMs}`);
    await ensureSchema(client, service);
    await assertUnchanged(client, checksums);
    const applied = await applyAll(client, { service, directory });
    await keepChecksums(client, checksums);
    for (const name of applied) logger.info({ migration: name }, 'applied a migration');
  } catch (error) {
    throw asProblem(error);
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function applyAll(client: Client, { service, directory }: { service: string; directory: string }) {
  // Where it fails the runner says in its log what it ran, with the whole text, and then throws what we report.
  const quiet = { debug: ignore, info: ignore, warn: ignore, error: ignore };
  let running: string | undefined;
  const applied = await runner({
    dbClient: client,
    dir: directory,
    direction: 'up',
    schema: service,
    migrationsTable,
    logger: {
      ...quiet,
      info: (line) => {
        running = /^### MIGRATION (\S+)/.exec(line)?.[1] ?? running;
      },
    },
    singleTransaction: true,
    // We hold one already, which covers the checksums too.
    noLock: true,
  }).catch((error: unknown) => {
    throw running === undefined ? error : new FailedMigration(running, error);
  });
  return applied.map(({ name }) => name);
}

function ignore(): void {
  // What the runner says is told by us, once, in the form of our log.
}

async function ensureSchema(client: Client, service: string): Promise<void> {
  const { rowCount } = await client.query('select from pg_namespace where nspname = $1', [service]);
  if (rowCount === 0) await client.query(`create schema ${service}`);
  await client.query(
    `create table if not exists ${service}.${checksumsTable} (name text primary key, sha256 text not null)`,
  );
}

/** By the name that the runner gives each: the file's, less its ending. */
async function readChecksums(directory: string): Promise<ReadonlyMap<string, string>> {
  const checksums = new Map<string, string>();
  for (const file of (await readdir(directory)).sort()) {
    if (!fileName.test(file))
      throw new Error(`${file} is no name for a migration: 0001_what_it_does.sql is one`);
    const content = await readFile(join(directory, file));
    checksums.set(basename(file, '.sql'), createHash('sha256').update(content).digest('hex'));
  }
  return checksums;
}

async function assertUnchanged(client: Client, checksums: ReadonlyMap<string, string>): Promise<void> {
  const { rows } = await client.query<{ name: string; sha256: string }>(
    `select name, sha256 from ${checksumsTable} order by name`,
  );
  for (const { name, sha256 } of rows) {
    if ((checksums.get(name) ?? sha256) !== sha256)
      throw new Error(
        `the migration ${name} was changed after it was applied: undo that, and add another one`,
      );
  }
}

/** Of each that was applied, by us or by a start that was killed before it came here. */
async function keepChecksums(client: Client, checksums: ReadonlyMap<string, string>): Promise<void> {
  await client.query(
    `insert into ${checksumsTable} (name, sha256)
     select name, sha256 from unnest($1::text[], $2::text[]) as file (name, sha256)
     join ${migrationsTable} using (name)
     on conflict do nothing`,
    [[...checksums.keys()], [...checksums.values()]],
  );
}

class FailedMigration extends Error {
  constructor(name: string, cause: unknown) {
    super(`the migration ${name} failed, and nothing of it is left: ${messageOf(cause)}`, { cause });
  }
}

function asProblem(error: unknown): Error {
  if (error instanceof DatabaseError) return new Error(`the schema cannot be migrated: ${messageOf(error)}`);
  return error instanceof Error ? error : new Error(String(error));
}

function messageOf(error: unknown): string {
  if (!(error instanceof DatabaseError)) return error instanceof Error ? error.message : String(error);
  return `${error.message} (${error.code})`;
}
