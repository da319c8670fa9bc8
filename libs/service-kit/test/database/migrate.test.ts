import { startPostgres } from '@weir/testkit/servers/postgres';
import type { TestServer } from '@weir/testkit/servers/test-server';
import { writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openDatabase } from '../../src/database/database.ts';
import { migrate } from '../../src/database/migrate.ts';
import { provisionServiceRole } from '../../src/database/provision-service-role.ts';
import { databaseOptions, migrationsFolder } from './test-database.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.close());

const first = { '0001_things.sql': 'create table things (id int primary key);' };
const second = { '0002_one_thing.sql': 'insert into things values (1); alter table things add note text;' };

/** A service of its own for each test. */
async function newService(service: string) {
  const url = await provisionServiceRole({ adminUrl: server.url, service, password: 'secret' });
  const options = databaseOptions(service, url);
  const count = async (table: string) => {
    const database = await openDatabase(databaseOptions(service, url));
    const { rows } = await database.query({
      name: 'count',
      text: `select count(*)::int as count from ${table}`,
    });
    await database.close();
    return (rows as { count: number }[])[0]?.count;
  };
  return { options, count };
}

test('replicas that start at once apply each migration once, and all wait until it is done', async () => {
  const { options, count } = await newService('racing');
  const folder = await migrationsFolder({
    ...first,
    '0002_slow.sql': 'select pg_sleep(0.3); insert into things values (1);',
  });
  await Promise.all(
    Array.from({ length: 5 }, async () => {
      await migrate({ ...options, folder });
      await expect(count('things')).resolves.toBe(1);
    }),
  );
  await expect(count('schema_migrations')).resolves.toBe(2);
});

test('what was added since is applied; what is newer than the files is left alone', async () => {
  const { options, count } = await newService('growing');
  const older = await migrationsFolder(first);
  await migrate({ ...options, folder: older });
  await migrate({ ...options, folder: await migrationsFolder({ ...first, ...second }) });
  await expect(count('things')).resolves.toBe(1);
  await migrate({ ...options, folder: older });
  await expect(count('schema_migrations')).resolves.toBe(2);
});

test('a migration that fails is named and leaves nothing, and its mended form is applied', async () => {
  const { options, count } = await newService('failing');
  const folder = await migrationsFolder({
    ...first,
    '0002_wrong.sql': 'create table more (id int); select wrong;',
  });
  await expect(migrate({ ...options, folder })).rejects.toThrow(
    'the migration 0002_wrong failed, and nothing of it is left: column "wrong" does not exist (42703)',
  );
  await expect(count('schema_migrations')).resolves.toBe(0);
  await writeFile(new URL('0002_wrong.sql', folder), 'create table more (id int);');
  await migrate({ ...options, folder });
  await expect(count('more')).resolves.toBe(0);
});

test('a migration that was changed after it was applied is refused', async () => {
  const { options } = await newService('changing');
  const folder = await migrationsFolder({ ...first, ...second });
  await migrate({ ...options, folder });
  await writeFile(new URL('0001_things.sql', folder), 'create table things (id bigint primary key);');
  await expect(migrate({ ...options, folder })).rejects.toThrow(
    'the migration 0001_things was changed after it was applied',
  );
});

test('a migration that would come before one that was applied is refused, as is a name without a number', async () => {
  const { options } = await newService('ordered');
  await migrate({ ...options, folder: await migrationsFolder({ '0002_later.sql': 'select 1;' }) });
  const between = await migrationsFolder({ '0001_earlier.sql': 'select 1;', '0002_later.sql': 'select 1;' });
  await expect(migrate({ ...options, folder: between })).rejects.toThrow(/0001_earlier is preceding/);
  const unnamed = await migrationsFolder({ 'things.sql': 'select 1;' });
  await expect(migrate({ ...options, folder: unnamed })).rejects.toThrow(
    'things.sql is no name for a migration',
  );
});

test('a schema that is not there and that the role may not make is told in words', async () => {
  const { options } = await newService('unprovisioned');
  const folder = await migrationsFolder(first);
  await expect(migrate({ ...options, service: 'elsewhere', folder })).rejects.toThrow(
    /^the schema cannot be migrated: permission denied for database/,
  );
});
