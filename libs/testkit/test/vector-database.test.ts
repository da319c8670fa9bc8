import { mkdtemp, rm, truncate } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startLocalServer, type LocalServer } from '@weir/local-servers/local-server';
import { vectorDatabase } from '@weir/local-servers/vector-database';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';

const password = 'a-password';
const kind = vectorDatabase(password);
const lines: string[] = [];
let dataFolder: string;
let server: LocalServer;

async function start(): Promise<void> {
  server = await startLocalServer(kind, { dataFolder, onLine: (line) => lines.push(line) });
}

async function connected(url = server.url): Promise<Client> {
  const client = new Client(url);
  client.on('error', () => undefined); // Its promises tell.
  await client.connect();
  return client;
}

beforeAll(async () => {
  dataFolder = await mkdtemp(join(tmpdir(), 'weir vectors '));
  await start();
});
afterAll(async () => {
  await server.stop();
  await rm(dataFolder, { recursive: true });
});

test('each of many clients gets the answers to its own statements, others failing in between', async () => {
  const clients = await Promise.all(Array.from({ length: 8 }, () => connected()));
  const asked = clients.map(async (client, i) => {
    for (let n = 0; n < 50; n++) {
      const { rows } = await client.query<{ v: string; own: string }>(
        `select $1::text as v, 'own ${i}' as own`,
        [`${n}`],
      );
      expect(rows).toEqual([{ v: `${n}`, own: `own ${i}` }]);
      if (n % 10 === 0)
        await expect(client.query('select $1::int / 0', [1])).rejects.toThrow('division by zero');
      if (n % 10 === 5) await expect(client.query('no statement')).rejects.toThrow('syntax error');
    }
  });
  await Promise.all(asked);
  await Promise.all(clients.map((client) => client.end()));
});

test('nobody gets in without the password', async () => {
  await expect(connected(server.url.replace(password, 'another'))).rejects.toMatchObject({ code: '28P01' });
  await expect(connected(server.url.replace(`:${password}`, ''))).rejects.toBeInstanceOf(Error);
});

test('a transaction over several messages is undone, and its client told so, so that nobody else is in it', async () => {
  const [first, second] = [await connected(), await connected()];
  await first.query('create table kept (n int)');
  const closed = new Promise<Error>((resolve) => first.once('error', resolve));
  await Promise.allSettled([first.query('begin; insert into kept values (1)')]);
  await expect(closed).resolves.toMatchObject({
    message: expect.stringContaining('a transaction has to end') as string,
  });
  await expect(second.query('select * from kept')).resolves.toMatchObject({ rows: [] });
  await second.query('begin; insert into kept values (2); commit');
  await expect(second.query('select n from kept')).resolves.toMatchObject({ rows: [{ n: 2 }] });
  await second.end();
});

test('bytes that are no message of the protocol end that connection and nothing else', async () => {
  const garbage = ['GET / HTTP/1.1\r\n\r\n', '\0\0\0\0\0\0\0\0', '\xff'.repeat(10_000), 'Q\x7f\xff\xff\xff'];
  const ends = garbage.map(async (bytes) => {
    const socket: Socket = connect(server.port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write(Buffer.from(bytes, 'latin1'));
    await new Promise((resolve) => socket.once('close', resolve));
  });
  await Promise.all(ends);
  const client = await connected();
  await expect(client.query('select 1 as one')).resolves.toMatchObject({ rows: [{ one: 1 }] });
  await client.end();
});

test('what was written outlives SIGKILL, and data that cannot be read are set aside and made anew, which it says', async () => {
  const before = await connected();
  await before.query('create table outlives (n int)');
  for (let n = 0; n < 200; n++) await before.query('insert into outlives values ($1)', [n]);
  await server.kill();
  await start();
  const after = await connected();
  await expect(after.query('select count(*)::int as n from outlives')).resolves.toMatchObject({
    rows: [{ n: 200 }],
  });
  await server.kill();

  await truncate(join(dataFolder, 'data', 'global', 'pg_control'), 100);
  await start();
  const anew = await connected();
  await expect(anew.query("select '[1,2]'::vector::text as v")).resolves.toMatchObject({
    rows: [{ v: '[1,2]' }],
  });
  await expect(anew.query('select * from outlives')).rejects.toThrow('does not exist');
  await anew.end();
  while (!lines.some((line) => line.includes('the data cannot be read'))) await delay(10);
});
