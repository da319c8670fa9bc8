import { createKey } from '@weir/contracts/admin/virtual-keys';
import { verifyKey, virtualKeys } from '@weir/contracts/keys/verification';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startKeys, startServers, TestAdmin } from './harness.ts';

let servers: Awaited<ReturnType<typeof startServers>>;
let service: Awaited<ReturnType<typeof startKeys>>;
let admin: TestAdmin;

beforeAll(async () => {
  servers = await startServers();
  service = await startKeys({ nats: servers.nats, databaseUrl: servers.postgres.url });
  admin = new TestAdmin(service.bus);
});

afterAll(async () => {
  await service.stop();
  await servers.close();
});

test('a key is shown to whoever made it, and is in the bucket before they hear of it', async () => {
  const made = await admin.ask(createKey, { name: 'checkout', tags: ['web'] });
  const key = admin.open(made.key);
  expect(key).toMatch(new RegExp(`^sk-weir-${made.id}-[\\w-]{43}$`));
  expect(made).toMatchObject({ organisation_id: 'default', prefix: `sk-weir-${made.id}`, status: 'active' });
  const store = await service.bus.store(virtualKeys);
  const record = store.get(made.id)?.value;
  expect(record).toMatchObject({ organisation: 'default', caller: { keyId: made.id, tags: ['web'] } });
  expect(await admin.ask(verifyKey, { keyId: made.id })).toMatchObject({ key: record });
  expect(JSON.stringify(record)).not.toContain(key.slice(-43));
});

test('a request that is sent again with its idempotency key makes no second key', async () => {
  const ask = (name: string) => admin.ask(createKey, { name, idempotencyKey: 'once' });
  const [first, second] = await Promise.all([ask('one'), ask('one')]);
  expect(second.id).toBe(first.id);
  expect(admin.open(second.key)).toBe(admin.open(first.key));
  await expect(ask('another')).rejects.toMatchObject({ code: 'idempotency_conflict' });
});
