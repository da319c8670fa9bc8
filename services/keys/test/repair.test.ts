import { connect, type NatsConnection } from '@nats-io/transport-node';
import { createTeam, updateTeam } from '@weir/contracts/admin/teams';
import { createKey, readKey, revokeKey, updateKey } from '@weir/contracts/admin/virtual-keys';
import { tenants, virtualKeys } from '@weir/contracts/keys/verification';
import { eventually } from '@weir/testkit/eventually';
import { FakeClock } from '@weir/testkit/fake-clock';
import { connectTestBus } from '@weir/testkit/test-bus';
import type { Client } from 'pg';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { connectDatabase, type KeysOptions, startKeys, startServers, TestAdmin } from './harness.ts';

let servers: Awaited<ReturnType<typeof startServers>>;
let service: Awaited<ReturnType<typeof startKeys>>;
let admin: TestAdmin;
let nats: NatsConnection;
let database: Client;
const cut = { isCut: false };

const start = (options: Partial<KeysOptions>) =>
  startKeys({ nats: servers.nats, databaseUrl: servers.postgres.url, ...options });

beforeAll(async () => {
  servers = await startServers();
  nats = await connect({ servers: servers.nats.url });
  service = await start({ cut });
  admin = new TestAdmin(service.bus);
  database = await connectDatabase(servers.postgres.url);
});

beforeEach(() => {
  cut.isCut = false;
});

afterAll(async () => {
  await service.stop();
  await database.end();
  await nats.close();
  await servers.close();
});

const stored = { code: 'service_unavailable', message: expect.stringContaining('is stored') as unknown };

test('while JetStream is away a change is made, its asker hears that it is not published, and it is when JetStream is back', async () => {
  const store = await service.bus.store(virtualKeys);
  const { id } = await admin.ask(createKey, { name: 'k' });
  cut.isCut = true;
  await expect(admin.ask(updateKey, { id, tags: ['late'] })).rejects.toMatchObject(stored);
  expect(await admin.ask(readKey, { id })).toMatchObject({ tags: ['late'], revision: 2 });
  expect(store.get(id)?.value.caller.tags).toBeUndefined();
  cut.isCut = false;
  await eventually(() => {
    expect(store.get(id)?.value.caller.tags).toEqual(['late']);
  });
});

test('whoever sends a change again with its idempotency key hears of success once it is published, and not before', async () => {
  const store = await service.bus.store(virtualKeys);
  const ask = () => admin.ask(createKey, { name: 'k', idempotencyKey: 'until-published' });
  cut.isCut = true;
  await expect(ask()).rejects.toMatchObject(stored);
  await expect(ask()).rejects.toMatchObject(stored);
  cut.isCut = false;
  const made = await ask();
  expect(store.get(made.id)).toBeDefined();
});

test('whoever revokes a key again that is not out of the bucket hears of success once it is', async () => {
  const store = await service.bus.store(virtualKeys);
  const { id } = await admin.ask(createKey, { name: 'k' });
  cut.isCut = true;
  await expect(admin.ask(revokeKey, { id })).rejects.toMatchObject(stored);
  await expect(admin.ask(revokeKey, { id })).rejects.toMatchObject(stored);
  cut.isCut = false;
  await admin.ask(revokeKey, { id });
  expect(store.get(id)).toBeUndefined();
});

test('what a process has committed that died before it published, another publishes', async () => {
  const store = await service.bus.store(virtualKeys);
  const { id } = await admin.ask(createKey, { name: 'k' });
  await database.query('begin');
  await database.query('update virtual_keys set revoked_at = now() where id = $1', [id]);
  await database.query("insert into outbox (kind, id) values ('virtual-key', $1)", [id]);
  await database.query('commit');
  await eventually(async () => {
    expect(store.get(id)).toBeUndefined();
    expect((await database.query('select from outbox')).rowCount).toBe(0);
  });
});

test('one row that cannot be read holds up no other change', async () => {
  const store = await service.bus.store(virtualKeys);
  const [broken, other] = [
    await admin.ask(createKey, { name: 'broken' }),
    await admin.ask(createTeam, { name: 'other' }),
  ];
  await database.query("update virtual_keys set metadata = '7' where id = $1", [broken.id]);
  await database.query("insert into outbox (kind, id) values ('virtual-key', $1)", [broken.id]);
  await database.query("update teams set status = 'suspended' where id = $1", [other.id]);
  await database.query("insert into outbox (kind, id) values ('tenant', $1)", [`team.${other.id}`]);
  const tenantStore = await service.bus.store(tenants);
  await eventually(() => {
    expect(tenantStore.get(`team.${other.id}`)?.value.suspended).toBe(true);
  });
  // Nor does it keep a replica from starting.
  await (await start({})).stop();
  await database.query("update virtual_keys set metadata = '{}', tags = '{mended}' where id = $1", [
    broken.id,
  ]);
  await eventually(() => {
    expect(store.get(broken.id)?.value.caller.tags).toEqual(['mended']);
  });
});

test('a bucket that was deleted is filled again within seconds, without a restart', async () => {
  const { id } = await admin.ask(createKey, { name: 'k' });
  const { id: teamId } = await admin.ask(createTeam, { name: 'suspended' });
  await admin.ask(updateTeam, { id: teamId, status: 'suspended' });
  const revoked = await admin.ask(createKey, { name: 'k' });
  await admin.ask(revokeKey, { id: revoked.id });
  for (const { name } of [virtualKeys, tenants]) await nats.request(`$JS.API.STREAM.DELETE.KV_${name}`);
  await eventually(async () => {
    // By copies of their own, which know nothing of what was there before.
    const other = await connectTestBus({ url: servers.nats.url, service: 'ingress' });
    const [keys, policies] = [await other.store(virtualKeys), await other.store(tenants)];
    await other.drain();
    expect(keys.get(id)?.value.organisation).toBe('default');
    expect(keys.get(revoked.id)).toBeUndefined();
    expect(policies.get(`team.${teamId}`)?.value.suspended).toBe(true);
  }, 20_000);
});

test('what is in a bucket and not in the database is removed, and what is wrong in it is written again', async () => {
  const store = await service.bus.store(virtualKeys);
  const [lost, changed, wrong] = [
    await admin.ask(createKey, { name: 'lost' }),
    await admin.ask(createKey, { name: 'changed' }),
    await admin.ask(createKey, { name: 'wrong' }),
  ];
  const { value } = store.get(changed.id) ?? {};
  if (!value) throw new Error('the key is in no bucket');
  await service.stop();
  const other = await connectTestBus({ url: servers.nats.url, service: 'keys' });
  const others = await other.store(virtualKeys);
  await others.put('strayed0', value);
  await others.put(changed.id, { ...value, organisation: 'another' });
  await others.delete(lost.id);
  nats.publish(`$KV.${virtualKeys.name}.${wrong.id}`, '{"not":"a record"}');
  await nats.flush();
  service = await start({ cut });
  admin = new TestAdmin(service.bus);
  await eventually(() => {
    expect(others.get('strayed0')).toBeUndefined();
    expect(others.get(changed.id)?.value).toEqual(value);
    expect(others.get(lost.id)?.value.caller).toEqual({ keyId: lost.id });
    expect(others.get(wrong.id)?.value.caller).toEqual({ keyId: wrong.id });
  });
  await other.drain();
});

test('everything is compared from time to time', async () => {
  const clock = new FakeClock(Date.now());
  const other = await start({ clock });
  const store = await other.bus.store(virtualKeys);
  const { id } = await admin.ask(createKey, { name: 'k' });
  await database.query("update virtual_keys set tags = '{by-hand}' where id = $1", [id]);
  await eventually(() => {
    clock.advance(300_000);
    expect(store.get(id)?.value.caller.tags).toEqual(['by-hand']);
  });
  await other.stop();
});
