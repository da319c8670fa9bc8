import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startLocalServer } from '../src/local-server.ts';
import { nats } from '../src/nats.ts';
import { postgres } from '../src/postgres.ts';
import { portIsFree } from '../src/port.ts';

let dataFolder: string;
beforeAll(async () => {
  dataFolder = await mkdtemp(join(tmpdir(), 'weir servers '));
});
afterAll(() => rm(dataFolder, { recursive: true }));

test('a server that was started answers, and frees its port when it is stopped', async () => {
  const server = await startLocalServer(nats(), { dataFolder });
  expect(server.url).toBe(`nats://127.0.0.1:${server.port}`);
  await expect(nats().answers(server.port)).resolves.toBe(true);
  await server.stop();
  await expect(portIsFree(server.port)).resolves.toBe(true);
});

test('a busy port is a clear error', async () => {
  const server = await startLocalServer(nats(), { dataFolder });
  await expect(startLocalServer(nats(), { dataFolder, port: server.port })).rejects.toThrow(
    `nats-server cannot listen on port ${server.port}: another program has it`,
  );
  await server.stop();
});

test('a server that ends before it serves is an error with its last lines', async () => {
  const broken = { ...nats(), arguments: () => ['--config', '/no/such/file.conf'] };
  await expect(startLocalServer(broken, { dataFolder })).rejects.toThrow(
    /^nats-server ended before it could serve:\n.*file\.conf/s,
  );
});

test('Postgres runs on data that its own user cannot walk to, as root gives it', async () => {
  const kind = postgres({ password: 'secret' });
  const place = { dataFolder: join(dataFolder, 'closed', 'postgres') };
  await mkdir(join(dataFolder, 'closed'), { mode: 0o700 });
  for (let start = 0; start < 2; start++) {
    const server = await startLocalServer(kind, place);
    await expect(kind.answers(server.port)).resolves.toBe(true);
    await server.stop();
  }
});

test('data that another Postgres has written are an error that says what to do', async () => {
  const folder = join(dataFolder, 'old');
  await mkdir(folder);
  await writeFile(join(folder, 'PG_VERSION'), '9\n');
  await expect(startLocalServer(postgres(), { dataFolder: folder })).rejects.toThrow(
    /old was written by Postgres 9 and .* is \d+: put a Postgres 9 first on the PATH, or move that folder away/,
  );
});
