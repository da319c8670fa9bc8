import { deleteBudget, listBudgets, readBudget, writeBudget } from '@weir/contracts/admin/budgets';
import { installationScope, type Limit, limitsKey, spendingLimits } from '@weir/contracts/cost/limits';
import { eventually } from '@weir/testkit/eventually';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Servers, startCost, startServers, publishTenants, TestAdmin } from './harness.ts';

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
    limits: [{ ...tenUsd, usage: null }],
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
  expect(await admin.ask(readBudget, key)).toEqual(written);
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
