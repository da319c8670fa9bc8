import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { Pool } from 'undici';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { createGuardedConnector } from '@weir/service-kit/outbound/guarded-connector';
import { NameResolver, type Resolve } from '@weir/service-kit/outbound/name-resolver';
import { HostPolicy } from '@weir/service-kit/outbound/host-policy';
import { certificate } from '@weir/testkit/servers/certificate';
import { startHost } from './host.ts';

const trusted = getCACertificates();
beforeAll(() => {
  setDefaultCACertificates([...trusted, certificate.cert]);
});
afterAll(() => {
  setDefaultCACertificates(trusted);
});

/** Resolves every name to the addresses given; to the next ones at the next time. */
function resolveTo(...answers: string[][]): Resolve {
  let turn = 0;
  return async () => {
    const addresses = answers[Math.min(turn++, answers.length - 1)] ?? [];
    return addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
  };
}

/** Resolves nothing before it is told not to. */
const neverResolve: Resolve = async (_, signal) => {
  await once(signal, 'abort');
  throw new Error('cancelled');
};

/** A pool whose public internet is 127.0.0.1, unless the test says otherwise. */
function poolTo(
  origin: string,
  {
    resolve = resolveTo(['127.0.0.1']),
    isPublic = (address: string): boolean => address === '127.0.0.1',
    timeoutMs = 2_000,
    names = new NameResolver({ resolve }),
  } = {},
): Pool {
  const hostPolicy = new HostPolicy([]);
  const pool = new Pool(origin, {
    connect: createGuardedConnector({ origin, timeoutMs, hostPolicy, names, isPublic }),
  });
  onTestFinished(() => pool.destroy());
  return pool;
}

const ask = (pool: Pool) =>
  pool.request({ method: 'GET', path: '/' }).then(
    async ({ body }) => body.text(),
    (error: unknown) => error,
  );

/** Listens, and says which bytes came over which connections. */
async function startListener(address: string) {
  const received: Buffer[] = [];
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('data', (bytes) => received.push(bytes)).on('error', () => undefined);
  }).listen(0, address);
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return { port: (server.address() as AddressInfo).port, sockets, received };
}

test('a host that is public is spoken to over TLS, in its own name', async () => {
  const host = await startHost((request, response) => response.end(request.headers.host), { isSecure: true });
  const origin = `https://llm.example.com:${host.port}`;
  const pool = poolTo(origin);
  for (let request = 0; request < 4; request++) {
    expect(await ask(pool)).toBe(`llm.example.com:${host.port}`);
  }
  // A second one, where a request comes while the last bytes of the answer before it still run out.
  expect(host.connections()).toBeLessThanOrEqual(2);
});

test('a certificate of another name is refused', async () => {
  const host = await startHost((_, response) => response.end('Hi'), { isSecure: true });
  expect(await ask(poolTo(`https://llm.example.org:${host.port}`))).toMatchObject({
    code: 'ERR_TLS_CERT_ALTNAME_INVALID',
  });
  expect(host.requests).toHaveLength(0);
});

test('of the addresses of a name, the public ones alone are tried', async () => {
  const host = await startHost((_, response) => response.end('Hi'), { isSecure: true });
  const inside = await startListener('127.0.0.2');
  const resolve = resolveTo(['127.0.0.2', '::1', '127.0.0.1']);
  expect(await ask(poolTo(`https://llm.example.com:${host.port}`, { resolve }))).toBe('Hi');
  expect(await ask(poolTo(`https://llm.example.com:${inside.port}`, { resolve }))).toMatchObject({
    code: 'ECONNREFUSED',
  });
  expect(inside.sockets).toHaveLength(0);
});

test('a name that is public at first and private later is checked each time that it is connected to', async () => {
  let isFirst = true;
  const host = await startHost(
    (_, response) => {
      response.setHeader('connection', isFirst ? 'close' : 'keep-alive').end('Hi');
      isFirst = false;
    },
    { isSecure: true },
  );
  const pool = poolTo(`https://llm.example.com:${host.port}`, {
    resolve: resolveTo(['127.0.0.1'], ['127.0.0.2']),
  });
  expect(await ask(pool)).toBe('Hi');
  expect(await ask(pool)).toMatchObject({ code: 'host_not_allowed' });
  expect(host.requests).toHaveLength(1);
});

test('where the address turns out to be another than was looked up, not a byte is sent', async () => {
  const inside = await startListener('127.0.0.1');
  let checks = 0;
  const isPublic = () => ++checks === 1;
  const pool = poolTo(`https://llm.example.com:${inside.port}`, { isPublic });
  expect(await ask(pool)).toMatchObject({ code: 'host_not_allowed' });
  const [socket] = inside.sockets;
  if (socket && !socket.closed) await once(socket, 'close');
  expect(inside.received).toEqual([]);
});

test('a host that accepts and never speaks is given up', async () => {
  const silent = await startListener('127.0.0.1');
  const pool = poolTo(`https://llm.example.com:${silent.port}`, { timeoutMs: 200 });
  expect(await ask(pool)).toMatchObject({ code: 'UND_ERR_CONNECT_TIMEOUT' });
});

test('the look-up of a name and the connection have one limit together', async () => {
  const silent = await startListener('127.0.0.1');
  const resolve: Resolve = async () => {
    await setTimeout(150);
    return [{ address: '127.0.0.1', family: 4 }];
  };
  const pool = poolTo(`https://llm.example.com:${silent.port}`, { resolve, timeoutMs: 200 });
  const error = await ask(pool);
  expect(error).toMatchObject({ code: 'UND_ERR_CONNECT_TIMEOUT' });
  // What the look-up has left, and not what a clock shows: under load a timer may fire late. It may also fire 1 ms early.
  const [, leftMs] = /within ([\d.]+) ms/.exec((error as Error).message) ?? [];
  expect(Number(leftMs)).toBeLessThanOrEqual(51);
});

test('a name that is not found in time is refused as one that does not exist', async () => {
  const pool = poolTo('https://llm.example.com', { resolve: neverResolve, timeoutMs: 100 });
  expect(await ask(pool)).toMatchObject({ code: 'host_not_allowed' });
});

test('where too many names are being looked up, a host is not reached, whatever it is called', async () => {
  const names = new NameResolver({ resolve: neverResolve, maxUnderWay: 1 });
  const slow = ask(poolTo('https://slow.example.com', { names, timeoutMs: 200 }));
  expect(await ask(poolTo('https://llm.example.com', { names }))).toMatchObject({
    code: 'upstream_unreachable',
  });
  expect(await slow).toMatchObject({ code: 'host_not_allowed' });
});
