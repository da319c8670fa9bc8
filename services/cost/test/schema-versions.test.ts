import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseConfig } from '@weir/service-kit/config';
import { databaseConfigSchema } from '@weir/service-kit/database/database-config';
import { migrate } from '@weir/service-kit/database/migrate';
import { createTestDatabase } from '@weir/testkit/servers/test-database';
import { Client } from 'pg';
import { expect, test } from 'vitest';
import { entryOfAttempt } from '../src/ledger/ledger-entry.ts';
import { LedgerWriter } from '../src/ledger/ledger-writer.ts';
import { refreshRollups } from '../src/ledger/rollups.ts';
import { attempt, migrations, openTables, silent, type Tables } from './ledger-harness.ts';

test('where a migration fails the service does not start, says which, and leaves nothing half done', async () => {
  const test = await createTestDatabase();
  const client = new Client({ connectionString: test.url, options: '-c search_path=cost' });
  await client.connect();
  await client.query('create schema cost');
  // In the way of the second of the migrations.
  await client.query('create table usage_daily (something integer)');
  await expect(openTables({ database: test })).rejects.toThrow(
    /0002_rollups failed.*"usage_daily" already exists/,
  );
  const { rows } = await client.query("select to_regclass('llm_usage_log') as made");
  expect(rows).toEqual([{ made: null }]);
  await client.query('drop table usage_daily');
  await client.end();
  await (await openTables({ database: test })).close();
});

test('the ledger works on with a schema that is one version ahead, and starts with it', async () => {
  const tables = await openTables();
  await writeAndSum(tables, 1);
  await migrateOneAhead(tables.url);
  await writeAndSum(tables, 2);
  // A month that is made then has what the newer version has added.
  await tables.sql("select add_usage_month('2031-05-01')");
  expect(await tables.sql('select next from llm_usage_log_2031_05')).toEqual([]);
  const later = await openTables({
    database: { url: tables.url, server: undefined, close: () => Promise.resolve() },
  });
  await writeAndSum(later, 3);
  await later.close();
  await tables.close();
});

async function writeAndSum({ database, sql }: Tables, requests: number): Promise<void> {
  const writer = new LedgerWriter({ database, months: { makeRoomFor: () => Promise.resolve() } });
  expect(await writer.enter([{ entry: entryOfAttempt(attempt()), streamSequence: 1 }])).toBe(1);
  await database.transaction((transaction) => refreshRollups(transaction));
  expect(await sql('select sum(requests)::int as requests from usage_daily')).toEqual([{ requests }]);
}

/** What a newer version may do: it adds what an older one neither reads nor has to write. */
async function migrateOneAhead(url: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'weir-cost-'));
  await cp(fileURLToPath(migrations), folder, { recursive: true });
  await writeFile(
    join(folder, '9999_next.sql'),
    `alter table llm_usage_log add column next text not null default 'new';
     alter table usage_quarter_hourly add column next bigint not null default 0;
     alter table usage_daily add column next bigint;`,
  );
  const [settings] = parseConfig([databaseConfigSchema], { DATABASE_URL: url });
  await migrate({ settings, service: 'cost', folder: pathToFileURL(`${folder}/`), logger: silent });
  await rm(folder, { recursive: true });
}
