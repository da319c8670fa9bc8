import { startPostgres } from '@weir/testkit/servers/postgres';
import type { TestServer } from '@weir/testkit/servers/test-server';
import { eventually } from '@weir/testkit/eventually';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { type Database, openDatabase } from '../../src/database/database.ts';
import type { DatabaseSettings } from '../../src/database/database-config.ts';
import { provisionServiceRole } from '../../src/database/provision-service-role.ts';
import { integerColumn, rows } from '../../src/database/rows.ts';
import { SqlError, violatedUniqueConstraint } from '../../src/database/sql-error.ts';
import { databaseOptions, migrationsFolder } from './test-database.ts';

const password = 'ABCdef0123456789';
function thrownBy(call: () => unknown): unknown {
  try {
    return call();
  } catch (error) {
    return error;
  }
}

const unavailable = { code: 'service_unavailable', status: 503 };

describe.each([
  { name: 'the Postgres of tests', options: {} },
  { name: 'the Postgres of npm start', options: { password } },
])('on $name', ({ options }) => {
  let server: TestServer;
  let url: string;
  let database: Database;
  const sql = (text: string, name = text.slice(0, 60)) => ({ name, text });
  const open = (settings?: Partial<DatabaseSettings>) => openDatabase(databaseOptions('cost', url, settings));

  beforeAll(async () => {
    server = await startPostgres(options);
    url = await provisionServiceRole({ adminUrl: server.url, service: 'cost', password });
    const migrations = await migrationsFolder({
      '0001_accounts.sql': `
        create table accounts (id int primary key, amount bigint not null, note text unique);
        insert into accounts values (1, 0, null), (2, 0, null);`,
    });
    database = await openDatabase({ ...databaseOptions('cost', url), migrations });
  });
  afterAll(async () => {
    await database.close();
    await server.close();
  });

  test('unqualified names are those of the service, and rows are what their schema says', async () => {
    const result = await database.query(
      sql('select id, amount from accounts where id = $1', 'accounts.one'),
      [1],
    );
    expect(rows(z.object({ id: z.int(), amount: integerColumn }), result)).toEqual([{ id: 1, amount: 0 }]);
    const { rows: where } = await database.query(
      sql('select current_user::text as user, current_schema as schema'),
    );
    expect(where).toEqual([{ user: 'cost', schema: 'cost' }]);
  });

  test('a row that is not what was expected is told by its columns, without its values', async () => {
    const result = await database.query(sql("select 'canary' as id, 9007199254740993::bigint as amount"));
    const parse = () => rows(z.object({ id: z.int(), amount: integerColumn }), result);
    const fault = thrownBy(parse);
    expect(fault).toMatchObject({ code: 'internal_error' });
    expect(String((fault as Error).cause)).toBe(
      'Error: a row is not what was expected: id (invalid_type), amount (too_big)',
    );
  });

  test('a statement that takes too long ends, on the server too', async () => {
    const hasty = await open({ queryTimeoutMs: 200 });
    await expect(hasty.query(sql('select pg_sleep(60)', 'slow'))).rejects.toMatchObject(unavailable);
    const active = sql("select from pg_stat_activity where state = 'active' and query like '%pg_sleep(60)%'");
    await eventually(async () => {
      // The question itself is active, too.
      expect((await database.query(active)).rowCount).toBeLessThanOrEqual(1);
    });
    await expect(hasty.query(sql('select 1'))).resolves.toMatchObject({ rowCount: 1 });
    await hasty.close();
  });

  test('nobody waits for a lock, or for a free connection, longer than is set', async () => {
    const hasty = await open({ lockTimeoutMs: 100, connectTimeoutMs: 500, maxConnections: 1 });
    await database.transaction(async (transaction) => {
      const lock = sql('select from accounts where id = 1 for update', 'lock');
      await transaction.query(lock);
      await expect(hasty.query(lock)).rejects.toMatchObject(unavailable);
    });
    await hasty.transaction(async () => {
      await expect(hasty.query(sql('select 1'))).rejects.toMatchObject(unavailable);
    });
    await expect(hasty.query(sql('select 1'))).resolves.toMatchObject({ rowCount: 1 });
    await hasty.close();
  });

  test('concurrent transactions that read and then write lose no update', async () => {
    const add = (id: number, amount: number) =>
      database.transaction(
        async (transaction) => {
          const read = await transaction.query(sql('select amount from accounts where id = $1', 'read'), [
            id,
          ]);
          const [row] = rows(z.object({ amount: integerColumn }), read);
          const set = sql('update accounts set amount = $2 where id = $1', 'set');
          await transaction.query(set, [id, (row?.amount ?? 0) + amount]);
        },
        { isolation: 'serializable', maxAttempts: 100 },
      );
    const change = fc.record({ id: fc.constantFrom(1, 2), amount: fc.integer({ min: -9, max: 9 }) });
    await fc.assert(
      fc.asyncProperty(fc.array(change, { maxLength: 12 }), async (changes) => {
        await database.query(sql('update accounts set amount = 0', 'reset'));
        await Promise.all(changes.map(({ id, amount }) => add(id, amount)));
        const sum = changes.reduce((total, { amount }) => total + amount, 0);
        const { rows: kept } = await database.query(
          sql('select sum(amount)::int as sum from accounts', 'sum'),
        );
        expect(kept).toEqual([{ sum }]);
      }),
      { numRuns: 15 },
    );
  });

  test('a deadlock ends for both, and a transaction that is always in the way is given up as overloaded', async () => {
    const update = sql('update accounts set amount = amount + 1 where id = $1', 'update');
    const bothFirst = Promise.withResolvers<unknown>();
    let first = 0;
    const swap = (order: readonly [number, number]) =>
      database.transaction(async (transaction) => {
        await transaction.query(update, [order[0]]);
        if (++first >= 2) bothFirst.resolve(undefined);
        await bothFirst.promise;
        await transaction.query(update, [order[1]]);
      });
    await Promise.all([swap([1, 2]), swap([2, 1])]);
    expect(first).toBe(3);

    let attempts = 0;
    const hopeless = database.transaction(
      async (transaction) => {
        attempts++;
        await transaction.query(sql('select from accounts', 'all'));
        await database.query(update, [1]);
        await transaction.query(update, [1]);
      },
      { isolation: 'repeatable read', maxAttempts: 3 },
    );
    await expect(hopeless).rejects.toMatchObject({ code: 'overloaded' });
    expect(attempts).toBe(3);
  });

  test('a transaction that fails leaves nothing, and rejects with what it threw', async () => {
    const mine = new Error('mine');
    const insert = sql("insert into accounts values (3, 0, 'three')", 'insert');
    const failing = database.transaction(async (transaction) => {
      await transaction.query(insert);
      throw mine;
    });
    await expect(failing).rejects.toBe(mine);
    await expect(database.query(sql('select from accounts where id = 3'))).resolves.toMatchObject({
      rowCount: 0,
    });
  });

  test('an error says which constraint, and nothing of the data', async () => {
    const insert = sql('insert into accounts values ($1, 0, $2)', 'insert.note');
    await database.query(insert, [10, 'canary@example.com']);
    const violation: unknown = await database
      .query(insert, [11, 'canary@example.com'])
      .catch((e: unknown) => e);
    expect(violatedUniqueConstraint(violation)).toBe('accounts_note_key');
    const malformed: unknown = await database.query(insert, ['canary', null]).catch((e: unknown) => e);
    expect(malformed).toMatchObject({ code: 'internal_error', cause: { sqlState: '22P02' } });
    for (const fault of [violation, malformed]) {
      const { cause } = fault as { cause: SqlError };
      expect(cause).toBeInstanceOf(SqlError);
      expect(JSON.stringify([cause.message, cause.stack, Object.values(cause)])).not.toContain('canary');
    }
  });

  test('a server that is killed is a fault and is missing, until it is back with all that was committed', async () => {
    await database.query(sql("insert into accounts values (20, 7, 'kept')", 'insert.kept'));
    const cut = database.transaction(async (transaction) => {
      await transaction.query(sql('update accounts set amount = 8 where id = 20', 'update.kept'));
      await server.kill();
      await transaction.query(sql('select 1'));
    });
    await expect(cut).rejects.toMatchObject(unavailable);
    await expect(database.query(sql('select 1'))).rejects.toMatchObject(unavailable);
    await eventually(async () => {
      expect(await database.missing()).toEqual(['an answer from Postgres']);
    });
    const waiting = open();
    await server.restart();
    const opened = await waiting;
    await eventually(async () => {
      expect(await database.missing()).toEqual([]);
    });
    const kept = sql('select amount::int from accounts where id = 20', 'read.kept');
    await expect(database.query(kept)).resolves.toMatchObject({ rows: [{ amount: 7 }] });
    await opened.close();
  });

  test('metrics tell connections by their state and queries by their name', async () => {
    const options = databaseOptions('cost', url);
    const measured = await openDatabase(options);
    await measured.query(sql('select 1', 'one'));
    await measured.query(sql('select wrong', 'wrong')).catch(() => undefined);
    const text = await options.metrics.expose();
    expect(text).toMatch(/weir_database_connections\{state="idle",service="cost"\} [01]/);
    expect(text).toMatch(
      /weir_database_query_duration_seconds_count\{service="cost",query="one",outcome="ok"\} 1/,
    );
    expect(text).toMatch(
      /weir_database_query_duration_seconds_count\{service="cost",query="wrong",outcome="failed"\} 1/,
    );
    await measured.close();
    await expect(measured.query(sql('select 1'))).rejects.toMatchObject(unavailable);
  });

  test('a service does nothing in the schema of another, and makes no roles, schemas or databases', async () => {
    await provisionServiceRole({ adminUrl: server.url, service: 'keys', password });
    const otherUrl = await provisionServiceRole({
      adminUrl: server.url,
      service: 'keys',
      password: `${password}2`,
    });
    const other = await openDatabase(databaseOptions('keys', otherUrl));
    await other.query(sql('create table mine (id int)'));
    const refused = [
      'select * from cost.accounts',
      'insert into cost.accounts values (5, 0)',
      'drop table cost.accounts',
      'create table cost.theirs (id int)',
      'create table public.anybodys (id int)',
      'create schema another',
      'create role another',
      'create database another',
      'set role cost',
      "alter role cost password 'mine'",
      'select rolpassword from pg_authid',
    ];
    for (const text of refused) {
      const fault: unknown = await other.query(sql(text, text)).catch((e: unknown) => e);
      expect(fault, text).toMatchObject({ code: 'internal_error', cause: { sqlState: '42501' } });
    }
    await other.close();
  });
});

test('a wrong password is told at once, without it; the password of before no longer works', async () => {
  const server = await startPostgres({ password });
  const old = await provisionServiceRole({ adminUrl: server.url, service: 'cost', password: 'OldSecret1' });
  await provisionServiceRole({ adminUrl: server.url, service: 'cost', password });
  const refused: unknown = await openDatabase(databaseOptions('cost', old)).catch((e: unknown) => e);
  expect(String(refused)).toMatch(
    /^Error: Postgres does not let us in: .*password authentication failed for user "cost"/,
  );
  expect(String(refused)).not.toContain('OldSecret1');
  await server.close();
});
