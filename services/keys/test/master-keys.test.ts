import { updateCredential } from '@weir/contracts/admin/credentials';
import { createMetrics } from '@weir/service-kit/metrics';
import { eventually } from '@weir/testkit/eventually';
import { testMasterKey } from '@weir/testkit/gateway';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CredentialAdmin } from './credential-admin.ts';
import { startKeys, startServers } from './harness.ts';
import { openTables } from './test-tables.ts';

let servers: Awaited<ReturnType<typeof startServers>>;
let tables: Awaited<ReturnType<typeof openTables>>;

const newKey = Buffer.alloc(32, 7).toString('base64url');
const strangeKey = Buffer.alloc(32, 9).toString('base64url');
const credentials = Array.from({ length: 250 }, (_, index) => `sk-provider-key-${index}`);
let ids: string[];

const start = (masterKeys: string, metrics = createMetrics('keys')) =>
  startKeys({
    ...{ nats: servers.nats, databaseUrl: servers.postgres.url, metrics },
    settings: { WEIR_MASTER_KEYS: masterKeys },
  });

const leftBy = async (metrics: ReturnType<typeof createMetrics>) =>
  Number(/^weir_keys_rows_by_former_master_key\{.*\} (\d+)$/m.exec(await metrics.expose())?.[1]);

/** Everything of the tables that changes when something is encrypted. */
const encrypted = () =>
  tables.sql(
    'select secret as token, master_key_id from installation union all select token, master_key_id from provider_keys',
  );

beforeAll(async () => {
  servers = await startServers();
  const service = await start(testMasterKey);
  const admin = new CredentialAdmin(service.bus);
  const made = await Promise.all(
    credentials.map((key, index) => admin.create({ name: `c${index}`, provider: 'openai', key })),
  );
  ids = made.map(({ id }) => id);
  await service.stop();
  tables = await openTables(servers.postgres.url);
});

afterAll(async () => {
  await tables.close();
  await servers.close();
});

test('a start with a wrong master key is refused with what to do, and writes nothing', async () => {
  const before = await encrypted();
  await expect(start(strangeKey)).rejects.toThrow(
    /master keys are not those that this database was encrypted with: put the former one into WEIR_MASTER_KEYS/,
  );
  expect(await encrypted()).toEqual(before);
});

test('two replicas encrypt everything with a new key while they serve, and lose no update', async () => {
  const metrics = createMetrics('keys');
  const both = `${newKey},${testMasterKey}`;
  const [service, other] = await Promise.all([start(both, metrics), start(both)]);
  const admin = new CredentialAdmin(service.bus);
  const updated = ids.slice(0, 20);
  let asked = 0;
  let isDone = false;
  const ask = async (id: string, index: number) => {
    while (!isDone) {
      const { key } = await admin.realKey(id);
      expect(key).toBe(
        index < updated.length && key.startsWith('sk-new') ? `sk-new-${index}` : credentials[index],
      );
      asked++;
    }
  };
  const asking = Promise.all(ids.slice(15, 25).map((id, index) => ask(id, index + 15)));
  await Promise.all(
    updated.map(async (id, index) =>
      admin.ask(updateCredential, { id, sealedApiKey: await admin.seal(`sk-new-${index}`) }),
    ),
  );
  await eventually(async () => {
    const keyIds = new Set((await encrypted()).map(({ master_key_id }) => master_key_id));
    expect(keyIds.size).toBe(1);
    expect(await leftBy(metrics)).toBe(0);
  }, 20_000).finally(() => {
    isDone = true;
  });
  await asking;
  expect(asked).toBeGreaterThan(100);
  await Promise.all([service.stop(), other.stop()]);
});

test('afterwards the newest key alone is enough, and the former one is refused', async () => {
  await expect(start(testMasterKey)).rejects.toThrow(/master keys are not those/);
  const service = await start(newKey);
  const admin = new CredentialAdmin(service.bus);
  const found = [];
  for (const id of ids) found.push(await admin.realKey(id));
  const expected = credentials.map((key, index) =>
    index < 20 ? { key: `sk-new-${index}`, version: 2 } : { key, version: 1 },
  );
  expect(found).toEqual(expected);
  await service.stop();
});

test('a row that no master key opens keeps the canary on the former key, and nothing else', async () => {
  const [broken = ''] = ids;
  await tables.sql(
    "update provider_keys set token = 'gAAAAAdamaged', master_key_id = 'gone' where id = $1",
    broken,
  );
  const metrics = createMetrics('keys');
  const newest = Buffer.alloc(32, 11).toString('base64url');
  const service = await start(`${newest},${newKey}`, metrics);
  await eventually(async () => {
    expect(await leftBy(metrics)).toBe(2);
  });
  const left = await tables.sql(
    'select id from provider_keys where master_key_id <> (select master_key_id from provider_keys where id = $1)',
    ids[1],
  );
  expect(left).toEqual([{ id: broken }]);
  await service.stop();
  await expect(start(newest)).rejects.toThrow(/master keys are not those/);
  // Its key is given anew, and the next start finishes.
  const again = await start(`${newest},${newKey}`);
  const admin = new CredentialAdmin(again.bus);
  await admin.ask(updateCredential, { id: broken, sealedApiKey: await admin.seal('sk-mended-0000') });
  await again.stop();
  const finishing = createMetrics('keys');
  const last = await start(`${newest},${newKey}`, finishing);
  await eventually(async () => {
    const keyIds = new Set((await encrypted()).map(({ master_key_id }) => master_key_id));
    expect(keyIds.size).toBe(1);
  });
  await last.stop();
  await (await start(newest)).stop();
});
