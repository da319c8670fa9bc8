import { createAdminKey, deleteAdminKey } from '@weir/contracts/admin/admin-keys';
import { changeMade } from '@weir/contracts/audit-events';
import { updateCredential } from '@weir/contracts/admin/credentials';
import { eventually } from '@weir/testkit/eventually';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { AuditAdmin, changeBy } from './audit-admin.ts';
import { CredentialAdmin } from './credential-admin.ts';
import { startKeys, startServers } from './harness.ts';
import { openTables } from './test-tables.ts';

let servers: Awaited<ReturnType<typeof startServers>>;
let service: Awaited<ReturnType<typeof startKeys>>;
let tables: Awaited<ReturnType<typeof openTables>>;
let audit: AuditAdmin;
let credentials: CredentialAdmin;
const ofAcme = { id: 'acmekey1', organisation: 'acme' };

beforeAll(async () => {
  servers = await startServers();
  service = await startKeys({ nats: servers.nats, databaseUrl: servers.postgres.url });
  tables = await openTables(servers.postgres.url);
  audit = new AuditAdmin(service.bus);
  credentials = new CredentialAdmin(service.bus);
  await Promise.all(['acme', 'beta'].map((id) => tables.makeOrganisation(id)));
});

afterAll(async () => {
  await tables.close();
  await service.stop();
  await servers.close();
});

const entriesOf = async (target: string) => (await audit.list({ target })).data;

test('a change is entered with who made it, before and after, and without the key', async () => {
  const made = await credentials.create({ name: 'told', provider: 'openai', key: 'sk-planted-canary-WXYZ' });
  const sealedApiKey = await credentials.seal('sk-planted-again-1234');
  const changed = await credentials.ask(updateCredential, { id: made.id, sealedApiKey }, { id: 'adminid1' });
  const [update, create] = await entriesOf(made.id);
  expect(create).toMatchObject({
    action: 'credential.create',
    actor: { admin_key_id: 'environment', address: '192.0.2.1' },
    organisation_id: null,
    target: { kind: 'credential', id: made.id },
    before: null,
    after: { ...made, version: 1 },
  });
  expect(update).toMatchObject({
    action: 'credential.update',
    actor: { admin_key_id: 'adminid1' },
    before: { ...made, version: 1 },
    after: { ...changed, version: 2, last_four: '1234' },
  });
  expect(JSON.stringify([create, update])).not.toContain('sk-planted');
});

test('what other services tell of is entered once, and our own not twice', async () => {
  const { id } = await audit.ask(createAdminKey, { name: 'audited', scopes: ['read'] });
  await audit.ask(deleteAdminKey, { id });
  for (const eventId of ['event-1', 'event-2', 'event-1'])
    service.bus.publishDurable(changeMade, changeBy({ target: { kind: 'config', id: 'told' } }), eventId);
  // It comes after all the others.
  service.bus.publishDurable(changeMade, changeBy({ target: { kind: 'config', id: 'last' } }), 'event-3');
  await eventually(async () => {
    expect(await entriesOf('last')).toHaveLength(1);
  });
  expect(await entriesOf('told')).toHaveLength(2);
  expect((await entriesOf(id)).map(({ action }) => action)).toEqual(['admin-key.delete', 'admin-key.create']);
  expect(await audit.verify()).toMatchObject({ intact: true });
});

test('many changes at once leave no gap, and the chain intact', async () => {
  const before = (await audit.verify()).entries;
  const names = Array.from({ length: 120 }, (_, index) => `parallel-${index}`);
  const creating = names.map((name) =>
    credentials.create({ name, provider: 'openai', key: 'sk-parallel-0000' }),
  );
  for (const name of names) service.bus.publishDurable(changeMade, changeBy(), `event-${name}`);
  await Promise.all(creating);
  await eventually(async () => {
    expect(await audit.verify()).toMatchObject({ intact: true, entries: before + 2 * names.length });
  });
  const rows = await tables.sql('select count(*)::int as count, max(seq)::int as last from audit_log');
  expect(rows).toEqual([{ count: before + 2 * names.length, last: before + 2 * names.length }]);
});

test('the log is read newest first, page by page, by what and when', async () => {
  const at = (hour: number) => new Date(Date.UTC(2026, 0, 1, hour)).toISOString();
  for (const hour of [1, 2, 3, 4, 5])
    service.bus.publishDurable(
      changeMade,
      changeBy({
        atMs: Date.parse(at(hour)),
        action: `step.${hour % 2}`,
        actor: { id: 'pager', address: '::1' },
      }),
      `page-${hour}`,
    );
  await eventually(async () => {
    expect((await audit.list({ actor: 'pager' })).data).toHaveLength(5);
  });
  const hoursOf = (page: Awaited<ReturnType<typeof audit.list>>) =>
    page.data.map((entry) => new Date(entry.at).getUTCHours());
  const first = await audit.list({ actor: 'pager', limit: 3 });
  expect(hoursOf(first)).toEqual([5, 4, 3]);
  expect(first).toMatchObject({ has_more: true, next: String(first.data.at(-1)?.seq) });
  const rest = await audit.list({ actor: 'pager', limit: 3, after: first.next ?? '' });
  expect(hoursOf(rest)).toEqual([2, 1]);
  expect(rest).toMatchObject({ has_more: false, next: null });
  expect(hoursOf(await audit.list({ actor: 'pager', action: 'step.1' }))).toEqual([5, 3, 1]);
  expect(hoursOf(await audit.list({ actor: 'pager', from: at(2), to: at(4) }))).toEqual([3, 2]);
  for (const after of ['x', '-1', '1e9', '9'.repeat(16)])
    await expect(audit.list({ after })).rejects.toMatchObject({ code: 'invalid_request' });
});

test('an admin of one organisation reads what was changed in that one', async () => {
  const key = 'sk-organisation-0000';
  for (const organisation_id of [null, 'acme', 'beta'])
    await credentials.create({ name: 'reach', provider: 'openai', key, organisation_id });
  const whose = async (request: { organisation_id?: string }, actor = {}) => {
    const { data } = await audit.list({ ...request, action: 'credential.create', limit: 500 }, actor);
    return new Set(data.map(({ organisation_id }) => organisation_id));
  };
  expect(await whose({})).toEqual(new Set([null, 'acme', 'beta']));
  expect(await whose({ organisation_id: 'beta' })).toEqual(new Set(['beta']));
  expect(await whose({}, ofAcme)).toEqual(new Set(['acme']));
  expect(await whose({ organisation_id: 'beta' }, ofAcme)).toEqual(new Set());
});
