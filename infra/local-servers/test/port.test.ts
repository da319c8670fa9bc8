import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { expect, test } from 'vitest';
import { freePort, portIsFree } from '../src/port.ts';

test('a port is free until a server listens on it', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await expect(portIsFree(port)).resolves.toBe(false);
  server.close();
  await once(server, 'close');
  await expect(portIsFree(port)).resolves.toBe(true);
});

test('a free port lies below those of outgoing connections', async () => {
  const port = await freePort();
  expect(port).toBeGreaterThanOrEqual(15_000);
  expect(port).toBeLessThan(30_000);
  await expect(portIsFree(port)).resolves.toBe(true);
});
