import { createOrganisation, readOrganisation } from '@weir/contracts/admin/organisations';
import { createKey, listKeys, readKey, revokeKey } from '@weir/contracts/admin/virtual-keys';
import { verifyKey, virtualKeys } from '@weir/contracts/keys/verification';
import { eventually } from '@weir/testkit/eventually';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectDatabase, startKeys, startServers, TestAdmin } from './harness.ts';

let servers: Awaited<ReturnType<typeof startServers>>;
let service: Awaited<ReturnType<typeof startKeys>>;
let admin: TestAdmin;

beforeAll(async () => {
  servers = await startServers();
  const settings = { WEIR_DATABASE_CONNECT_TIMEOUT_MS: '1000' };
  service = await startKeys({ nats: servers.nats, databaseUrl: servers.postgres.url, settings });
  admin = new TestAdmin(service.bus);
});

afterAll(async () => {
  await service.stop();
  await servers.close();
});

const missing = () => service.running.missing?.();

test('while Postgres is away nothing is said not to be there, the buckets go on, and it is told what lacks', async () => {
  expect(await missing()).toEqual([]);
  const { id } = await admin.ask(createKey, { name: 'k' });
  const store = await service.bus.store(virtualKeys);
  await servers.postgres.kill();
  const outcomes = await Promise.allSettled([
    admin.ask(verifyKey, { keyId: id }),
    admin.ask(verifyKey, { keyId: 'unknown0' }),
    admin.ask(readKey, { id: 'unknown0' }),
    admin.ask(readOrganisation, { id: 'nowhere' }),
    admin.ask(listKeys, {}),
    admin.ask(createKey, { name: 'k' }),
    admin.ask(createOrganisation, { name: 'k' }),
    admin.ask(revokeKey, { id }),
  ]);
  for (const outcome of outcomes)
    expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'service_unavailable' } });
  expect(store.get(id)).toBeDefined();
  await eventually(async () => {
    expect(await missing()).toEqual(['an answer from Postgres']);
  });
  await servers.postgres.restart();
  await eventually(async () => {
    expect(await missing()).toEqual([]);
  });
  expect((await admin.ask(readKey, { id })).status).toBe('active');
});

test('while NATS is away it is told what lacks; afterwards what was changed meanwhile is in the buckets', async () => {
  const { id } = await admin.ask(createKey, { name: 'k' });
  const store = await service.bus.store(virtualKeys);
  await servers.nats.kill();
  await eventually(async () => {
    expect(await missing()).toEqual(['the newest state of its buckets from JetStream']);
  });
  await revokedByHand(id);
  await servers.nats.restart();
  await eventually(async () => {
    expect(await missing()).toEqual([]);
    expect(store.get(id)).toBeUndefined();
  }, 20_000);
}, 60_000);

/** As by a replica that was cut off from NATS when it had committed. */
async function revokedByHand(id: string): Promise<void> {
  const database = await connectDatabase(servers.postgres.url);
  await database.query('update virtual_keys set revoked_at = now() where id = $1', [id]);
  await database.query("insert into outbox (kind, id) values ('virtual-key', $1)", [id]);
  await database.end();
}
