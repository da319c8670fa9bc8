import type { AdminClient } from '@weir/admin-client/admin-client';
import { createAdminKey } from '@weir/contracts/admin/admin-keys';
import { listAudit, verifyAudit } from '@weir/contracts/admin/audit';
import { writeConfig } from '@weir/contracts/admin/routing-configs';
import { createKey, listKeys, revokeKey } from '@weir/contracts/admin/virtual-keys';
import { eventually } from '@weir/testkit/eventually';
import { startGateway, type Gateway } from '@weir/testkit/gateway';
import { startFakeProvider, type FakeProvider } from '@weir/testkit/providers/fake-provider';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { adminOf } from './helpers/admin.ts';
import { settingsFor } from './helpers/gateway-fixture.ts';

let provider: FakeProvider;
let gateway: Gateway;
let admin: AdminClient;
let database: Client;
beforeAll(async () => {
  provider = await startFakeProvider();
  gateway = await startGateway({ router: settingsFor(provider) });
  admin = adminOf(gateway.url);
  database = new Client(gateway.databaseUrl);
  await database.connect();
});
afterAll(async () => {
  await database.end();
  await gateway.close();
  await provider.close();
});

test('every change is entered with who made it, from where, and what was before and after', async () => {
  const { id, key } = await admin.call(createKey, { name: 'watched' });
  await admin.call(revokeKey, { id });
  await admin.call(writeConfig, { name: 'watched', config: { provider: 'openai' } });
  const reader = await admin.call(createAdminKey, { name: 'reader', scopes: ['read'] });
  await expect(adminOf(gateway.url, reader.key).call(createKey, { name: 'x' })).rejects.toMatchObject({
    status: 403,
    code: 'insufficient_scope',
  });
  // Those of others than the keys service travel as events.
  const entries = await eventually(async () => {
    const { data } = await admin.call(listAudit, {});
    expect(data.map(({ action }) => action)).toEqual(
      expect.arrayContaining(['key.create', 'key.revoke', 'config.write', 'admin-key.create', 'denied']),
    );
    return data;
  });
  const entryOf = (action: string) => entries.find((entry) => entry.action === action);
  expect(entryOf('key.revoke')).toMatchObject({
    actor: { admin_key_id: 'environment', address: '127.0.0.1' },
    target: { kind: 'key', id },
    organisation_id: 'default',
    before: { status: 'active' },
    after: { status: 'revoked' },
  });
  expect(entryOf('denied')).toMatchObject({ actor: { admin_key_id: reader.id } });
  expect(JSON.stringify(entries)).not.toContain(key.slice(-43));
  expect(await admin.call(verifyAudit, {})).toMatchObject({ intact: true, broken: null });
});

test.each([
  ['an entry that was changed by hand', "update keys.audit_log set action = 'key.read' where seq = 2", 2],
  ['an entry that was taken out', 'delete from keys.audit_log where seq = 2', 2],
])('%s is found, and named', async (_name, tamper, seq) => {
  for (const name of ['a', 'b', 'c', 'd']) await admin.call(createKey, { name });
  await whileTampered(tamper, async () => {
    expect(await admin.call(verifyAudit, {})).toMatchObject({ intact: false, broken: { seq } });
    // The gateway goes on.
    expect(await admin.call(listKeys, {})).toMatchObject({ has_more: false });
  });
});

test('entries that were cut off at the end are found by who has kept an earlier head', async () => {
  for (const name of ['a', 'b', 'c']) await admin.call(createKey, { name });
  const { head } = await admin.call(verifyAudit, {});
  const tamper = 'delete from keys.audit_log where seq = (select max(seq) from keys.audit_log)';
  await whileTampered(tamper, async () => {
    expect(await admin.call(verifyAudit, { ...(head && { anchor: head }) })).toMatchObject({ intact: false });
  });
});

/** Puts the log right afterwards, since the tests share a gateway. */
async function whileTampered(statement: string, check: () => Promise<void>): Promise<void> {
  await database.query('create temporary table untouched as select * from keys.audit_log');
  await asSuperuser(statement);
  await check();
  await asSuperuser('delete from keys.audit_log');
  await asSuperuser('insert into keys.audit_log select * from untouched');
  await database.query('drop table untouched');
  expect(await admin.call(verifyAudit, {})).toMatchObject({ intact: true });
}

/** Whoever can do that can also go round what keeps the service itself from it. */
async function asSuperuser(statement: string): Promise<void> {
  await database.query('alter table keys.audit_log disable trigger user');
  await database.query(statement);
  await database.query('alter table keys.audit_log enable trigger user');
}
