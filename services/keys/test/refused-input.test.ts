import { createAdminKey, listAdminKeys } from '@weir/contracts/admin/admin-keys';
import { listAudit } from '@weir/contracts/admin/audit';
import { createOrganisation } from '@weir/contracts/admin/organisations';
import { createTeam } from '@weir/contracts/admin/teams';
import { createKey, importKeys, listKeys, updateKey } from '@weir/contracts/admin/virtual-keys';
import { testMasterKey } from '@weir/testkit/gateway';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startKeys, startServers, TestAdmin } from './harness.ts';

let servers: Awaited<ReturnType<typeof startServers>>;
let service: Awaited<ReturnType<typeof startKeys>>;
let admin: TestAdmin;

const start = async (masterKeys: string) => {
  const settings = { WEIR_MASTER_KEYS: masterKeys };
  service = await startKeys({ nats: servers.nats, databaseUrl: servers.postgres.url, settings });
  admin = new TestAdmin(service.bus);
};

beforeAll(async () => {
  servers = await startServers();
  await start(testMasterKey);
  await admin.ask(createOrganisation, { id: 'acme', name: 'Acme', allowed_configs: ['public-*'] });
});

afterAll(async () => {
  await service.stop();
  await servers.close();
});

const acme = { organisation: 'acme' };
const later = new Date(Date.now() + 86_400_000).toISOString();

describe('a key is not bound to a config that its organisation may not use', () => {
  const refused = { code: 'config_not_allowed', details: { param: 'config' } };

  test('when it is made and when it is changed', async () => {
    const forbidden = { name: 'x', config: 'finance-secret' };
    await expect(admin.ask(createKey, forbidden, acme)).rejects.toMatchObject(refused);
    await expect(admin.ask(createKey, { ...forbidden, organisation_id: 'acme' })).rejects.toMatchObject(
      refused,
    );
    const { id } = await admin.ask(createKey, { name: 'x', config: 'public-chat' }, acme);
    await expect(admin.ask(updateKey, { id, config: 'finance' }, acme)).rejects.toMatchObject(refused);
    expect(await admin.ask(updateKey, { id, config: 'public-two' }, acme)).toMatchObject({
      config: 'public-two',
    });
  });

  test('nor by an import, which tells the line', async () => {
    const content = 'name,config\na,public-chat\nb,finance\n';
    expect(await admin.ask(importKeys, { format: 'csv', content }, acme)).toMatchObject({
      errors: [{ line: 3, message: 'The organisation may not use the routing config "finance".' }],
      data: [],
    });
  });
});

test.each([
  '2999-01-01T00:00:00+23:00',
  '0000-01-01T00:00:00Z',
  '9999-12-31T23:59:59-23:00',
  `2999-01-01T00:00:00.${'1'.repeat(150)}Z`,
])('the time %s is stored as what it means, or refused, and is no failure of ours', async (expires_at) => {
  const parsed = createKey.request.safeParse({ name: 'x', expires_at });
  if (!parsed.success) return;
  const { expires_at: stored } = await admin.ask(createKey, { name: 'x', expires_at });
  expect(Date.parse(stored ?? '')).toBe(Date.parse(expires_at));
});

test('what Postgres cannot hold is refused before it is asked', () => {
  const isTaken = (fields: object) => createKey.request.safeParse({ name: 'x', ...fields }).success;
  expect(isTaken({ metadata: { team: 'Tìm kiếm' } })).toBe(true);
  for (const text of ['a\u0000', '\ud800', 'a\udc00b']) {
    expect(isTaken({ name: text })).toBe(false);
    expect(isTaken({ metadata: { [text]: 'x' } })).toBe(false);
    expect(isTaken({ metadata: { x: text } })).toBe(false);
    expect(listKeys.request.safeParse({ after: text }).success).toBe(false);
    expect(listAudit.request.safeParse({ action: text }).success).toBe(false);
  }
});

test('of a list no more is taken than every ingress can keep', () => {
  const list = (length: number, characters: number) =>
    createKey.request.safeParse({
      name: 'x',
      allowed_models: Array.from({ length }, () => 'm'.repeat(characters)),
    }).success;
  expect(list(256, 32)).toBe(true);
  expect(list(256, 33)).toBe(false);
  expect(list(257, 1)).toBe(false);
});

test.each(['llm-*.example.com', '*.example.*', '*:8443', '10.0.*', 'https://llm.example.com', 'a b', '*.'])(
  'the host pattern %j, which no host would match, is refused',
  (pattern) => {
    expect(createKey.request.safeParse({ name: 'x', custom_hosts: [pattern] }).success).toBe(false);
  },
);

test.each(['*', 'llm.example.com', '*.Example.com:8443', 'gpu_box:*', '10.0.0.1', '[fd00::1]:8000'])(
  'the host pattern %j is taken',
  (pattern) => {
    expect(createKey.request.parse({ name: 'x', custom_hosts: [pattern] })).toMatchObject({
      custom_hosts: [pattern.toLowerCase()],
    });
  },
);

test('a dry run under the idempotency key of an import shows none of its keys', async () => {
  const content = 'name\none\n';
  const asked = { format: 'csv', content, idempotencyKey: 'import-once' } as const;
  await admin.ask(importKeys, asked);
  await expect(admin.ask(importKeys, { ...asked, dry_run: true })).rejects.toMatchObject({
    code: 'idempotency_conflict',
  });
});

test('an admin of one organisation sees from where its own admins came, and not from where others did', async () => {
  const own = await admin.ask(createAdminKey, { name: 'own', scopes: ['keys'], organisation_id: 'acme' });
  await admin.ask(createTeam, { name: 'by the owner', organisation_id: 'acme' }, { address: '198.51.100.1' });
  await admin.ask(createTeam, { name: 'by its own' }, { ...acme, id: own.id, address: '203.0.113.9' });
  const { data } = await admin.ask(listAudit, { action: 'team.create' }, acme);
  expect(data.map(({ actor }) => actor.address)).toEqual(['203.0.113.9', '']);
  const { data: all } = await admin.ask(listAudit, { action: 'team.create' });
  expect(all.map(({ actor }) => actor.address)).toEqual(['203.0.113.9', '198.51.100.1']);
});

test('a request that was done before, under a master key that has gone, is neither done again nor a failure of ours', async () => {
  const former = Buffer.alloc(32, 7).toString('base64url');
  await service.stop();
  await start(`${former},${testMasterKey}`);
  const ask = () =>
    admin.ask(createAdminKey, { name: 'once', scopes: ['read'], expires_at: later, idempotencyKey: 'k' });
  await ask();
  const count = async () => (await admin.ask(listAdminKeys, {})).data.length;
  const before = await count();
  await service.stop();
  await start(`${testMasterKey},${former}`);
  const rotating = service;
  const startWithout = () =>
    start(testMasterKey).then(
      () => true,
      () => false,
    );
  await expect.poll(startWithout, { timeout: 25_000, interval: 500 }).toBe(true);
  await rotating.stop();
  await expect(ask()).rejects.toMatchObject({ code: 'idempotency_conflict' });
  expect(await count()).toBe(before);
});
