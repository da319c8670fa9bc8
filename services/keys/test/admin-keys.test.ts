import { createAdminKey, deleteAdminKey, listAdminKeys } from '@weir/contracts/admin/admin-keys';
import { adminKeys, verificationKey, verifyAdminKey } from '@weir/contracts/keys/verification';
import { createSealingPair } from '@weir/service-kit/crypto/sealed-box';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { digestOf } from '../src/domain/secret.ts';
import { startKeys, startServers, TestAdmin } from './harness.ts';
import { openTables } from './test-tables.ts';

let servers: Awaited<ReturnType<typeof startServers>>;
let service: Awaited<ReturnType<typeof startKeys>>;
let tables: Awaited<ReturnType<typeof openTables>>;
let admin: TestAdmin;

beforeAll(async () => {
  servers = await startServers();
  service = await startKeys({ nats: servers.nats, databaseUrl: servers.postgres.url });
  tables = await openTables(servers.postgres.url);
  admin = new TestAdmin(service.bus);
  await Promise.all(['acme', 'beta'].map((id) => tables.makeOrganisation(id)));
});

afterAll(async () => {
  await tables.close();
  await service.stop();
  await servers.close();
});

/** As an ingress has it. */
async function verificationKeyOfIngress() {
  const pair = createSealingPair();
  const { id, sealedKey } = await admin.ask(verificationKey, { publicKey: pair.publicKey });
  return { id, key: Buffer.from(pair.open(sealedKey), 'base64url') };
}

test('an admin key is shown to whoever made it, and can be verified before they hear of it', async () => {
  const expires_at = '2099-01-01T00:00:00.000Z';
  const made = await admin.ask(createAdminKey, { name: 'ci', scopes: ['keys', 'read', 'keys'], expires_at });
  const key = admin.open(made.key);
  expect(key).toMatch(new RegExp(`^weir-admin-${made.id}-[\\w-]{43}$`));
  expect(made).toMatchObject({
    ...{ name: 'ci', scopes: ['keys', 'read'], organisation_id: null, expires_at },
    ...{ prefix: `weir-admin-${made.id}`, last_four: key.slice(-4) },
  });
  const store = await service.bus.store(adminKeys);
  const record = store.get(made.id)?.value;
  const verification = await verificationKeyOfIngress();
  expect(record).toEqual({
    digest: digestOf(key, verification.key),
    verificationKeyId: verification.id,
    scopes: ['keys', 'read'],
    expiresAtMs: Date.parse(expires_at),
  });
  expect(await admin.ask(verifyAdminKey, { keyId: made.id })).toEqual({ key: record });
});

test('an admin key that is deleted is out of the bucket before its admin hears of it', async () => {
  const { id } = await admin.ask(createAdminKey, { name: 'gone', scopes: ['owner'] });
  expect(await admin.ask(deleteAdminKey, { id })).toEqual({ id, deleted: true });
  const store = await service.bus.store(adminKeys);
  expect(store.get(id)).toBeUndefined();
  expect(await admin.ask(verifyAdminKey, { keyId: id })).toEqual({ key: null });
  expect(await admin.ask(verifyAdminKey, { keyId: 'never000' })).toEqual({ key: null });
  await expect(admin.ask(deleteAdminKey, { id })).rejects.toMatchObject({ code: 'not_found' });
  const { data } = await admin.ask(listAdminKeys, { limit: 500 });
  expect(data.map((listed) => listed.id)).not.toContain(id);
});

test('an owner of one organisation makes, sees and deletes admin keys of that one alone', async () => {
  const make = (organisation_id: string | null) =>
    admin.ask(createAdminKey, { name: 'reach', scopes: ['owner'], organisation_id });
  const [everywhere, acme, beta] = [await make(null), await make('acme'), await make('beta')];
  const ofAcme = { id: (await make('acme')).id, organisation: 'acme' };
  const asAcme = (asked: { organisation_id?: string | null }) =>
    admin.ask(createAdminKey, { name: 'more', scopes: ['owner'], ...asked }, ofAcme);
  const own = await asAcme({});
  expect(own.organisation_id).toBe('acme');
  expect(await asAcme({ organisation_id: 'acme' })).toMatchObject({ organisation_id: 'acme' });
  await expect(asAcme({ organisation_id: null })).rejects.toMatchObject({ code: 'insufficient_scope' });
  await expect(asAcme({ organisation_id: 'beta' })).rejects.toMatchObject({ code: 'not_found' });
  const { data } = await admin.ask(listAdminKeys, { limit: 500 }, ofAcme);
  expect(new Set(data.map(({ organisation_id }) => organisation_id))).toEqual(new Set(['acme']));
  expect(data.map(({ id }) => id)).toEqual(expect.arrayContaining([acme.id, own.id]));
  for (const { id } of [everywhere, beta])
    await expect(admin.ask(deleteAdminKey, { id }, ofAcme)).rejects.toMatchObject({ code: 'not_found' });
  expect(await admin.ask(deleteAdminKey, { id: acme.id }, ofAcme)).toMatchObject({ deleted: true });
  await expect(make('nobody')).rejects.toMatchObject({ code: 'not_found' });
});

test('a key that has expired already is not made', async () => {
  const asked = { name: 'late', scopes: ['read' as const], expires_at: '2020-01-01T00:00:00Z' };
  await expect(admin.ask(createAdminKey, asked)).rejects.toMatchObject({
    ...{ code: 'invalid_request', details: { param: 'expires_at' } },
  });
});

test('an admin key makes none that lives longer than itself', async () => {
  const ends = '2099-01-01T00:00:00.000Z';
  const { id } = await admin.ask(createAdminKey, { name: 'ends', scopes: ['owner'], expires_at: ends });
  const make = (expires_at?: string | null) =>
    admin.ask(createAdminKey, { name: 'made', scopes: ['owner'], expires_at }, { id });
  for (const later of [undefined, null, '2099-01-01T00:00:00.001Z'])
    await expect(make(later)).rejects.toMatchObject({
      ...{ code: 'invalid_request', details: { param: 'expires_at' } },
      message: expect.stringContaining(ends) as unknown,
    });
  expect(await make(ends)).toMatchObject({ expires_at: ends });
  expect(await make('2098-01-01T00:00:00Z')).toMatchObject({ name: 'made' });
});

test('an admin key that is deleted, expired or unknown makes no other, also where its request was on its way', async () => {
  const [deleted, expired] = [
    await admin.ask(createAdminKey, { name: 'deleted', scopes: ['owner'] }),
    await admin.ask(createAdminKey, { name: 'expired', scopes: ['owner'] }),
  ];
  await admin.ask(deleteAdminKey, { id: deleted.id });
  await tables.sql('update admin_keys set expires_at = now() where id = $1', expired.id);
  for (const id of [deleted.id, expired.id, 'never000'])
    await expect(
      admin.ask(createAdminKey, { name: 'orphan', scopes: ['owner'] }, { id }),
    ).rejects.toMatchObject({ code: 'insufficient_scope' });
  expect(await tables.sql("select id from admin_keys where name = 'orphan'")).toEqual([]);
});

test('a request that is sent again shows the same key, and makes one', async () => {
  const ask = () =>
    admin.ask(createAdminKey, { name: 'once', scopes: ['read'], idempotencyKey: 'make-once' });
  const [first, second] = await Promise.all([ask(), ask()]);
  expect(second.id).toBe(first.id);
  expect(admin.open(second.key)).toBe(admin.open(first.key));
  expect(await tables.sql("select id from admin_keys where name = 'once'")).toHaveLength(1);
});
