import { createKey } from '@weir/contracts/admin/virtual-keys';
import { startGateway, testMasterKey, type Gateway } from '@weir/testkit/gateway';
import { startFakeProvider, type FakeProvider } from '@weir/testkit/providers/fake-provider';
import { startService } from '@weir/testkit/service-process';
import { createTestDatabase } from '@weir/testkit/servers/test-database';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { adminOf } from './helpers/admin.ts';
import { ask } from './helpers/ask.ts';
import { models, settingsFor } from './helpers/gateway-fixture.ts';

let provider: FakeProvider;
let gateway: Gateway;
beforeAll(async () => {
  provider = await startFakeProvider();
  gateway = await startGateway({ router: settingsFor(provider) });
});
afterAll(async () => {
  await gateway.close();
  await provider.close();
});

async function run(url: string, ...statements: readonly string[]): Promise<void> {
  const client = new Client(url);
  await client.connect();
  for (const statement of statements) await client.query(statement);
  await client.end();
}

test('a keys service whose migration fails does not start, and says which', async () => {
  const database = await createTestDatabase();
  try {
    await run(database.url, 'create schema keys', 'create table keys.organisations (unexpected text)');
    const started = startService('keys', {
      NATS_URL: gateway.nats.urlFor('keys'),
      DATABASE_URL: database.url,
      WEIR_MASTER_KEYS: testMasterKey,
    });
    await expect(started).rejects.toThrow(
      /exited with 1 before it was ready[^]*the migration 0001\w* failed/,
    );
  } finally {
    await database.close();
  }
});

test('a newer schema beside an older service fails no request, and one more of the older joins it', async () => {
  await run(
    gateway.databaseUrl,
    'alter table keys.virtual_keys add column from_the_future text',
    "alter table keys.organisations add column from_the_future jsonb not null default '{}'",
    "insert into keys.schema_migrations (name, run_on) values ('9999_the_future', now())",
  );
  await gateway.startReplica('keys', {});
  for (let round = 0; round < 4; round++) {
    const { key } = await adminOf(gateway.url).call(createKey, { name: 'from the past' });
    expect((await ask(gateway.baseUrl, { model: models.openai, key })).status).toBe(200);
  }
});
