import { deleteBudget, listBudgets, readBudget, writeBudget } from '@weir/contracts/admin/budgets';
import type { ScopeKind } from '@weir/contracts/cost/limits';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { publishTenants, type Servers, startCost, startServers, TestAdmin } from './harness.ts';

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

const limits = [{ unit: 'usd', limit: '10', window: 'month' } as const];
const acme = { organisation: 'acme' };

interface Named {
  readonly scope: ScopeKind;
  readonly id: string;
  readonly organisation_id?: string;
}

const own: Named[] = [
  { scope: 'team', id: 'acme-team' },
  { scope: 'user', id: 'acme-user' },
  { scope: 'key', id: 'acme0000' },
  { scope: 'tag', id: 'batch' },
  { scope: 'end_user', id: '*' },
  { scope: 'end_user', id: 'bob/ü', organisation_id: 'acme' },
];

test.each(own)(
  'an admin of one organisation limits its $scope $id, and reads and takes it away',
  async (scope) => {
    const written = await admin.ask(writeBudget, { ...scope, limits }, acme);
    expect(written.organisation_id).toBe('acme');
    const { revision } = written;
    expect(await admin.ask(readBudget, scope, acme)).toMatchObject({
      ...scope,
      organisation_id: 'acme',
      revision,
    });
    await admin.ask(deleteBudget, scope, acme);
  },
);

const foreign: Named[] = [
  { scope: 'team', id: 'default-team' },
  { scope: 'user', id: 'default-user' },
  { scope: 'key', id: 'default0' },
  { scope: 'organisation', id: 'default' },
  { scope: 'tag', id: 'batch', organisation_id: 'default' },
  { scope: 'end_user', id: '*', organisation_id: 'default' },
];

test.each(foreign)("of another organisation's $scope $id such an admin learns nothing", async (scope) => {
  await admin.ask(writeBudget, { ...scope, limits });
  const there = await Promise.allSettled([
    admin.ask(readBudget, scope, acme),
    admin.ask(writeBudget, { ...scope, limits }, acme),
    admin.ask(deleteBudget, scope, acme),
  ]);
  for (const outcome of there)
    expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'not_found' } });
  expect((await admin.ask(listBudgets, { organisation_id: 'default' }, acme)).data).toEqual([]);
  expect(await admin.ask(readBudget, scope)).toMatchObject({ limits });
});

test("an organisation's own limits are read by its admin, and changed by who reaches all organisations", async () => {
  const scope = { scope: 'organisation', id: 'acme' } as const;
  const written = await admin.ask(writeBudget, { ...scope, limits });
  const { revision } = written;
  expect(await admin.ask(readBudget, scope, acme)).toMatchObject({
    ...scope,
    organisation_id: 'acme',
    revision,
  });
  const refused = { code: 'insufficient_scope' };
  await expect(admin.ask(writeBudget, { ...scope, limits: [] }, acme)).rejects.toMatchObject(refused);
  await expect(admin.ask(deleteBudget, scope, acme)).rejects.toMatchObject(refused);
  const installation = { scope: 'installation', id: 'all' } as const;
  await expect(admin.ask(readBudget, installation, acme)).rejects.toMatchObject(refused);
  await expect(admin.ask(writeBudget, { ...installation, limits }, acme)).rejects.toMatchObject(refused);
});

test.each<[Named, string]>([
  [{ scope: 'team', id: 'nowhere' }, 'not_found'],
  [{ scope: 'user', id: 'acme-team' }, 'not_found'],
  [{ scope: 'key', id: 'unknown0' }, 'not_found'],
  [{ scope: 'key', id: '../../x' }, 'not_found'],
  [{ scope: 'team', id: 'a b.>' }, 'not_found'],
  [{ scope: 'organisation', id: 'nowhere' }, 'not_found'],
  [{ scope: 'organisation', id: '*' }, 'not_found'],
  [{ scope: 'tag', id: 'batch', organisation_id: 'nowhere' }, 'not_found'],
  [{ scope: 'tag', id: 'No Tag' }, 'not_found'],
  [{ scope: 'installation', id: 'some' }, 'invalid_request'],
  [{ scope: 'key', id: 'acme0000', organisation_id: 'acme' }, 'invalid_request'],
])('%j is no scope that can be limited: %s', async (scope, code) => {
  await expect(admin.ask(writeBudget, { ...scope, limits })).rejects.toMatchObject({ code });
});
