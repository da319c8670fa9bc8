import { Client } from 'pg';
import { expect, test } from 'vitest';
import { sharedServerUrl } from '../src/servers/shared-servers.ts';
import { createTestDatabase } from '../src/servers/test-database.ts';

async function ask(url: string, question: string): Promise<unknown> {
  const client = new Client(url);
  await client.connect();
  try {
    return (await client.query({ text: question, rowMode: 'array' })).rows;
  } finally {
    await client.end();
  }
}

test('databases of tests share a server and nothing else', async () => {
  const [one, other] = await Promise.all([createTestDatabase(), createTestDatabase()]);
  expect(new URL(one.url).host).toBe(new URL((await sharedServerUrl('postgres')) ?? '').host);
  expect(new URL(other.url).host).toBe(new URL(one.url).host);
  await ask(one.url, 'create schema keys; create table keys.t (id int)');
  expect(await ask(other.url, "select to_regclass('keys.t')")).toEqual([[null]]);
  const superuser = 'select rolsuper or rolcreaterole or rolcreatedb from pg_roles where rolname = user';
  expect(await ask(one.url, superuser)).toEqual([[false]]);
  await Promise.all([one.close(), other.close()]);
  await expect(ask(one.url, 'select 1')).rejects.toThrow();
});

test('one that is to be killed has a server of its own', async () => {
  const database = await createTestDatabase({ ownServer: true });
  try {
    await database.server?.kill();
    await expect(ask(database.url, 'select 1')).rejects.toThrow();
    await database.server?.restart();
    expect(await ask(database.url, 'select 1')).toEqual([[1]]);
  } finally {
    await database.close();
  }
});
