import { provisionServiceRole } from '@weir/service-kit/database/provision-service-role';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { AuditLog } from '../src/audit/audit-log.ts';
import { AuditAdmin, changeBy } from './audit-admin.ts';
import { startKeys, startServers } from './harness.ts';
import { openTables } from './test-tables.ts';

let servers: Awaited<ReturnType<typeof startServers>>;
let service: Awaited<ReturnType<typeof startKeys>>;
/** By the service's own role, and by one that may do everything. */
let own: Awaited<ReturnType<typeof openTables>>;
let tables: Awaited<ReturnType<typeof openTables>>;
let audit: AuditAdmin;
let auditLog: AuditLog;
/** The last entry of the log that every test begins with. */
let anchor: { seq: number; hash: string };
const entries = 12;

beforeAll(async () => {
  servers = await startServers();
  const adminUrl = servers.postgres.url;
  const databaseUrl = await provisionServiceRole({ adminUrl, service: 'keys', password: 'keys-password' });
  service = await startKeys({ nats: servers.nats, databaseUrl });
  [own, tables] = await Promise.all([openTables(databaseUrl), openTables(adminUrl)]);
  audit = new AuditAdmin(service.bus);
  auditLog = new AuditLog((await tables.installation()).auditKey);
  await enter(Array.from({ length: entries }, (_, index) => changeBy({ requestId: `request-${index + 1}` })));
  await tables.sql('create table kept_log as select * from audit_log');
  await tables.sql('create table kept_head as select * from audit_head');
  anchor = (await audit.verify()).head ?? expect.fail();
});

beforeEach(async () => {
  await tables.changeAudit('delete from audit_log');
  await tables.sql('insert into audit_log select * from kept_log');
  await tables.sql('delete from audit_head');
  await tables.sql('insert into audit_head select * from kept_head');
});

afterAll(async () => {
  await Promise.all([own.close(), tables.close()]);
  await service.stop();
  await servers.close();
});

let events = 0;
const enter = (changes: ReturnType<typeof changeBy>[]) =>
  tables.database.transaction((transaction) =>
    auditLog.enter(
      transaction,
      changes.map((change) => ({ eventId: `event-${events++}`, change })),
    ),
  );

const brokenAt = (seq: number, reason: RegExp) => ({
  ...{ intact: false, entries: seq - 1, head: null },
  broken: { seq, reason: expect.stringMatching(reason) as string },
});

test("the service's own role can neither change nor remove an entry", async () => {
  for (const statement of [
    "update audit_log set action = 'x' where seq = 1",
    'delete from audit_log',
    'truncate audit_log',
  ])
    await expect(own.sql(statement)).rejects.toMatchObject({
      cause: { message: expect.stringContaining('append-only') as string },
    });
  expect(await audit.verify(anchor)).toEqual({ intact: true, entries, head: anchor, broken: null });
});

test.each([
  ['event_id', "'x'"],
  ['at', "at + interval '1 millisecond'"],
  ['organisation_id', "'acme'"],
  ['actor_id', "'somebody'"],
  ['actor_address', "'203.0.113.9'"],
  ['action', "'config.read'"],
  ['target_kind', "'key'"],
  ['target_id', "'other'"],
  ['before', "'{}'"],
  ['after', 'null'],
  ['request_id', "'x'"],
  ['hash', 'reverse(hash)'],
])('a changed %s of an entry is found', async (column, value) => {
  await tables.changeAudit(`update audit_log set ${column} = ${value} where seq = 5`);
  expect(await audit.verify()).toEqual(brokenAt(5, /^the entry was changed$/));
});

test('an entry that was removed is found, at the beginning, between others and at the end', async () => {
  for (const seq of [1, 6]) {
    await tables.changeAudit(`delete from audit_log where seq = ${seq}`);
    expect(await audit.verify()).toEqual(brokenAt(seq, /^the entry is missing$/));
    await tables.sql('insert into audit_log select * from kept_log where seq = $1', seq);
  }
  await tables.changeAudit('delete from audit_log where seq > 9');
  expect(await audit.verify()).toEqual(brokenAt(10, /missing, as are all up to 12/));
  await tables.changeAudit('delete from audit_log');
  expect(await audit.verify()).toEqual(brokenAt(1, /missing, as are all up to 12/));
});

test('entries that have changed places are found, with where they were', async () => {
  const move = (one: number, other: number) =>
    tables.changeAudit(
      `update audit_log as moved set seq = -other.seq from audit_log as other
        where (moved.seq, other.seq) in ((${one}, ${other}), (${other}, ${one}))`,
    );
  const settle = () => tables.changeAudit('update audit_log set seq = -seq where seq < 0');
  await move(3, 4);
  await settle();
  expect(await audit.verify()).toEqual(brokenAt(3, /moved here from place 4$/));
  await move(3, 4);
  await settle();
  await move(2, 9);
  await settle();
  expect(await audit.verify()).toEqual(brokenAt(2, /moved here from place 9$/));
});

test('an entry that somebody has put before the first or after the last is found', async () => {
  const forge = (seq: number) =>
    tables.sql(
      `insert into audit_log select ${seq}, 'forged', at, organisation_id, actor_id, actor_address, action, target_kind,
        target_id, before, after, request_id, hash from audit_log where seq = 1`,
    );
  await forge(0);
  expect(await audit.verify()).toEqual(brokenAt(1, /entry 0 stands before the first/));
  await tables.changeAudit('delete from audit_log where seq = 0');
  await forge(13);
  expect(await audit.verify()).toEqual(brokenAt(13, /changed/));
});

test('entries missing at the end are found by the anchor, where the head was put back too', async () => {
  await tables.changeAudit('delete from audit_log where seq > 9');
  await tables.sql('update audit_head set (seq, hash) = (select seq, hash from audit_log where seq = 9)');
  expect(await audit.verify()).toMatchObject({ intact: true, entries: 9 });
  expect(await audit.verify(anchor)).toEqual(brokenAt(10, /up to the anchor's 12/));
  await enter([1, 2, 3, 4].map((index) => changeBy({ requestId: `later-${index}` })));
  expect(await audit.verify()).toMatchObject({ intact: true, entries: 13 });
  expect(await audit.verify(anchor)).toEqual(brokenAt(12, /not the one of the anchor/));
});

test('a head that was changed or removed is found', async () => {
  await tables.sql('update audit_head set hash = reverse(hash)');
  expect(await audit.verify()).toMatchObject({ intact: false, broken: { seq: 12 } });
  await tables.sql('update audit_head set seq = 3');
  expect(await audit.verify()).toMatchObject({ intact: false, broken: { seq: 12 } });
  await tables.sql('delete from audit_head');
  expect(await audit.verify()).toMatchObject({ intact: false, broken: { seq: 13 } });
});

test('whatever a service tells of is entered as it can be read back, and any of its texts is', async () => {
  const text = fc.string({ unit: 'binary', maxLength: 20 });
  const state = fc.option(fc.dictionary(text, fc.jsonValue({ maxDepth: 1 })));
  const change = fc.record({
    ...{ requestId: text, action: text, organisation: fc.option(text), before: state, after: state },
    atMs: fc.nat({ max: 4_000_000_000_000 }),
    actor: fc.record({ id: text, address: text }),
    target: fc.record({ kind: text, id: text }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 5 }), async (changes) => {
      await enter(changes);
      expect(await audit.verify(anchor)).toMatchObject({ intact: true });
    }),
    { numRuns: 30 },
  );
});
