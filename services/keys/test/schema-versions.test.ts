import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { readOrganisation } from '@weir/contracts/admin/organisations';
import { createKey, readKey, revokeKey, updateKey } from '@weir/contracts/admin/virtual-keys';
import { tenants } from '@weir/contracts/keys/verification';
import { parseConfig } from '@weir/service-kit/config';
import { databaseConfigSchema } from '@weir/service-kit/database/database-config';
import { migrate } from '@weir/service-kit/database/migrate';
import { createLogger } from '@weir/service-kit/logger';
import { startPostgres } from '@weir/testkit/servers/postgres';
import { eventually } from '@weir/testkit/eventually';
import { createTestDatabase } from '@weir/testkit/servers/test-database';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectDatabase, startKeys, startServers, TestAdmin } from './harness.ts';

let servers: Awaited<ReturnType<typeof startServers>>;

beforeAll(async () => {
  servers = await startServers();
});

afterAll(async () => {
  await servers.close();
});

test('where a migration fails the service does not start, says which, and leaves nothing half done', async () => {
  const postgres = await startPostgres();
  const database = await connectDatabase(postgres.url);
  await database.query('create schema keys');
  // In the way of the second of the migrations.
  await database.query('create table audit_head (something integer)');
  const start = () => startKeys({ nats: servers.nats, databaseUrl: postgres.url });
  await expect(start()).rejects.toThrow(/0002_audit failed.*"audit_head" already exists/);
  const { rows } = await database.query("select to_regclass('virtual_keys') as made");
  expect(rows).toEqual([{ made: null }]);
  await database.query('drop table audit_head');
  await (await start()).stop();
  await database.end();
  await postgres.close();
});

test('a service works on with a schema that is one version ahead, and starts with it', async () => {
  const options = { nats: servers.nats, databaseUrl: servers.postgres.url };
  const running = await startKeys(options);
  const admin = new TestAdmin(running.bus);
  const { id } = await admin.ask(createKey, { name: 'k' });
  await migrateOneAhead();
  await admin.ask(updateKey, { id, name: 'renamed' });
  const started = await startKeys(options);
  await running.stop();
  const later = new TestAdmin(started.bus);
  expect(await later.ask(readKey, { id })).toMatchObject({ name: 'renamed' });
  await later.ask(createKey, { name: 'another' });
  expect(await later.ask(revokeKey, { id })).toMatchObject({ status: 'revoked' });
  await started.stop();
});

test('an installation of the version before is brought up to date: its organisations report, and so do those that its replicas make meanwhile', async () => {
  const own = await createTestDatabase();
  await migrateIn(own.url, async (folder) => {
    for (const later of ['0004_guardrails.sql', '0005_cache.sql']) await rm(join(folder, later));
  });
  const database = await connectDatabase(own.url);
  const make = (id: string) => database.query('insert into organisations (id, name) values ($1, $1)', [id]);
  await make('before');
  const started = await startKeys({ nats: servers.nats, databaseUrl: own.url });
  await make('meanwhile');
  const admin = new TestAdmin(started.bus);
  for (const id of ['before', 'meanwhile'])
    expect(await admin.ask(readOrganisation, { id })).toMatchObject({ guardrail_policy: 'report' });
  const store = await started.bus.store(tenants);
  await eventually(() => {
    expect(store.get('organisation.before')?.value.guardrailPolicy).toBe('report');
  });
  await started.stop();
  await database.end();
  await own.close();
});

/** What a newer version may do: it adds what an older one neither reads nor has to write. */
const migrateOneAhead = () =>
  migrateIn(servers.postgres.url, (folder) =>
    writeFile(
      join(folder, '9999_next.sql'),
      `alter table virtual_keys add column next text not null default 'new';
       alter table teams add column next integer;
       create index on virtual_keys (next);`,
    ),
  );

/** Runs the migrations of another version than this. */
async function migrateIn(databaseUrl: string, change: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'weir-keys-'));
  await cp(fileURLToPath(new URL('../migrations/', import.meta.url)), folder, { recursive: true });
  await change(folder);
  const [settings] = parseConfig([databaseConfigSchema], { DATABASE_URL: databaseUrl });
  const logger = createLogger({ service: 'keys', instance: 'test', level: 'silent' });
  await migrate({ settings, service: 'keys', folder: pathToFileURL(`${folder}/`), logger });
  await rm(folder, { recursive: true });
}
