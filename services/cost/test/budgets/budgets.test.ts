import { deleteBudget, listBudgets, readBudget, writeBudget } from '@weir/contracts/admin/budgets';
import { installationScope, type Limit, limitsKey, spendingLimits } from '@weir/contracts/cost/limits';
import { tenants } from '@weir/contracts/keys/verification';
import { eventually } from '@weir/testkit/eventually';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  connectDatabase,
  publishTenants,
  type Servers,
  startCost,
  startServers,
  TestAdmin,
} from './harness.ts';

let servers: Servers;
let service: Awaited<ReturnType<typeof startCost>>;
let admin: TestAdmin;

beforeAll(async () => {
  servers = await startServers();
  service = await startCost(servers);
  await publishTenants(service.bus);
  admin = new TestAdmin(service.bus);
});

afterAll(async () => {
  await service.stop();
  await servers.close();
});

const tenUsd = { unit: 'usd', limit: '10', window: 'month', model: '*', hard: true } satisfies Limit;
const key = { scope: 'key', id: 'default0' } as const;

test('the entry of the installation is there once the service has started, though nobody has set a limit', async () => {
  const store = await service.bus.store(spendingLimits);
  await eventually(() => {
    expect(store.get(limitsKey(installationScope))?.value).toMatchObject({ limits: [] });
  });
});

test('a limit is in the bucket when it is acknowledged, and gone from there when its deletion is', async () => {
  const store = await service.bus.store(spendingLimits);
  const written = await admin.ask(writeBudget, { ...key, limits: [tenUsd], contact: 'finance@example.com' });
  expect(written).toMatchObject({
    ...key,
    organisation_id: 'default',
    limits: [tenUsd],
    contact: 'finance@example.com',
    alerts: { webhooks: [] },
  });
  expect(store.get('key.default0')?.value).toEqual({
    scope: { kind: 'key', id: 'default0' },
    organisation: 'default',
    limits: [tenUsd],
    contact: 'finance@example.com',
    revision: written.revision,
  });
  expect(await admin.ask(readBudget, key)).toMatchObject({
    ...key,
    limits: [tenUsd],
    revision: written.revision,
  });
  expect(await admin.ask(deleteBudget, key)).toEqual({ ...key, deleted: true });
  expect(store.get('key.default0')).toBeUndefined();
  await expect(admin.ask(readBudget, key)).rejects.toMatchObject({ code: 'not_found' });
});

test('the installation loses its limits, and keeps its entry', async () => {
  const store = await service.bus.store(spendingLimits);
  const installation = { scope: 'installation', id: 'all' } as const;
  const { revision } = await admin.ask(writeBudget, { ...installation, limits: [tenUsd] });
  expect(store.get('installation.all')?.value.limits).toEqual([tenUsd]);
  await admin.ask(deleteBudget, installation);
  const entry = store.get('installation.all')?.value;
  expect(entry?.limits).toEqual([]);
  expect(entry?.revision).toBeGreaterThan(revision);
  expect(await admin.ask(readBudget, installation)).toMatchObject({ limits: [] });
});

test('a team that is made again in another organisation has nothing of the former budget', async () => {
  const store = await service.bus.store(tenants);
  const team = { scope: 'team', id: 'eng' } as const;
  await store.put('team.eng', { suspended: false, organisation: 'acme' });
  const webhooks = [{ url: 'https://hooks.example.com/acme-secret', secret: 'x'.repeat(32) }];
  const sealedAlerts = await admin.seal({ webhooks });
  const former = await admin.ask(writeBudget, { ...team, limits: [tenUsd], sealedAlerts });
  await store.delete('team.eng');
  await store.put('team.eng', { suspended: false, organisation: 'default' });
  const ofDefault = { organisation: 'default' };
  // With a webhook of the same URL its secret is not kept either.
  const kept = await admin.seal({ webhooks: webhooks.map(({ url }) => ({ url })) });
  const keeping = admin.ask(writeBudget, { ...team, limits: [], sealedAlerts: kept }, ofDefault);
  await expect(keeping).rejects.toMatchObject({ code: 'invalid_request' });
  const stale = { ...team, limits: [], expectedRevision: former.revision };
  await expect(admin.ask(writeBudget, stale, ofDefault)).rejects.toMatchObject({ code: 'revision_conflict' });
  const written = await admin.ask(
    writeBudget,
    { ...team, limits: [tenUsd], expectedRevision: 'none' },
    ofDefault,
  );
  expect(written).toMatchObject({ organisation_id: 'default', alerts: { webhooks: [] } });
  expect(await admin.ask(readBudget, team, ofDefault)).toMatchObject({ revision: written.revision });
  const limits = await service.bus.store(spendingLimits);
  expect(limits.get('team.eng')?.value.organisation).toBe('default');
  await expect(admin.ask(readBudget, team, { organisation: 'acme' })).rejects.toMatchObject({
    code: 'not_found',
  });
  await admin.ask(deleteBudget, team);
});

test('lists come in parts, and by scope and organisation', async () => {
  for (const id of ['a', 'b', 'c']) {
    await admin.ask(writeBudget, { scope: 'tag', id, organisation_id: 'acme', limits: [tenUsd] });
  }
  const names: string[] = [];
  for (let after: string | undefined; ;) {
    const page = await admin.ask(listBudgets, { scope: 'tag', organisation_id: 'acme', limit: 2, after });
    names.push(...page.data.map(({ id }) => id));
    if (page.next === null) break;
    after = page.next;
  }
  expect(names).toEqual(['a', 'b', 'c']);
  const { data } = await admin.ask(listBudgets, { organisation_id: 'default' });
  expect(data).toEqual([]);
});

test('an organisation that has limits for 10,000 scopes changes those, and adds none', async () => {
  const database = await connectDatabase(servers.postgres.url);
  const scope = 'end_user' as const;
  const endUser = { scope, organisation_id: 'acme', limits: [tenUsd] };
  try {
    await admin.ask(writeBudget, { ...endUser, id: 'ana' });
    await database.query(
      "insert into user_budgets (key, kind, id, organisation_id) select 'many.' || n, 'end_user', n, 'acme' from generate_series(1, 10000) n",
    );
    await admin.ask(writeBudget, { ...endUser, id: 'ana' });
    await expect(admin.ask(writeBudget, { ...endUser, id: 'bob' })).rejects.toMatchObject({
      code: 'invalid_request',
      message: expect.stringContaining('10000 scopes') as unknown,
    });
    const other = { ...endUser, organisation_id: 'default', id: 'bob' };
    expect(await admin.ask(writeBudget, other)).toMatchObject({ id: 'bob' });
  } finally {
    await database.query("delete from user_budgets where key like 'many.%'");
    await database.end();
  }
});
