import { nats } from '@weir/local-servers/nats';
import { postgres } from '@weir/local-servers/postgres';
import { redis } from '@weir/local-servers/redis';
import { describe, expect, test } from 'vitest';
import { startNats } from '../src/servers/nats.ts';
import { startPostgres } from '../src/servers/postgres.ts';
import { startRedis } from '../src/servers/redis.ts';

describe.each([
  { name: 'nats', start: () => startNats({ config: 'open' }), kind: nats() },
  { name: 'redis', start: () => startRedis(), kind: redis() },
  { name: 'postgres', start: startPostgres, kind: postgres() },
])('$name for tests', ({ start, kind }) => {
  test('answers until it is killed, and again at the same address after a restart', async () => {
    const server = await start();
    await expect(kind.answers(server.port)).resolves.toBe(true);
    await server.kill();
    await expect(kind.answers(server.port)).resolves.toBe(false);
    await server.restart();
    await expect(kind.answers(server.port)).resolves.toBe(true);
    await server.close();
    await expect(kind.answers(server.port)).resolves.toBe(false);
  });
});
