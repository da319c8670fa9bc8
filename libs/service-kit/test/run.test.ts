import { fork, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { Bus } from '@weir/service-kit/bus/bus';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { double } from '@weir/testkit/conformance/contracts';
import { conformanceServices } from '@weir/testkit/conformance/manifests';
import { testEnvelope } from '@weir/testkit/envelope';
import { eventually } from '@weir/testkit/eventually';
import { startNats, type NatsTestServer } from '@weir/testkit/servers/nats';
import { connectTestBus } from '@weir/testkit/test-bus';
import { freePort } from '@weir/local-servers/port';

interface Line {
  level: string;
  msg: string;
}

let server: NatsTestServer;
let requester: Bus;
let child: ChildProcess | undefined;

beforeAll(async () => {
  server = await startNats({ config: 'weir', services: conformanceServices });
  requester = await connectTestBus({ url: server.urlFor('ingress'), service: 'ingress' });
});
afterAll(async () => {
  await requester.drain();
  await server.close();
});
afterEach(() => {
  child?.kill('SIGKILL');
});

function start(environment: Record<string, string>) {
  const service = fork(new URL('./processes/sample-service.ts', import.meta.url), {
    env: { PATH: process.env['PATH'], ...environment },
    silent: true,
  });
  child = service;
  let output = '';
  service.stdout?.on('data', (part) => (output += String(part)));
  const lines = () =>
    output
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Line);
  const ready = () =>
    eventually(() => {
      expect(lines().map(({ msg }) => msg)).toContain('ready');
    }, 10_000);
  return { service, lines, ready, exited: once(service, 'exit').then(([code]) => code as number | null) };
}

test('a service that cannot start says all that is wrong, line by line, and exits with 1', async () => {
  const { exited, lines } = start({ NATS_URL: 'nope', LOG_LEVEL: 'loud' });
  expect(await exited).toBe(1);
  expect(lines().map(({ msg }) => msg)).toEqual([
    expect.stringContaining('NATS_URL'),
    expect.stringContaining('LOG_LEVEL'),
    expect.stringContaining('SAMPLE_DELAY_MS'),
  ]);
});

test('a service that does not serve all that its manifest lists does not start, and says what is missing', async () => {
  const { exited, lines } = start({
    NATS_URL: server.urlFor('router'),
    SAMPLE_DELAY_MS: '0',
    SAMPLE_PROMISES: 'too much',
  });
  expect(await exited).toBe(1);
  expect(lines().map(({ msg }) => msg)).toContain(
    'cannot start: router has started without what services/router/src/manifest.ts lists: router.count (serves)',
  );
});

test('on SIGTERM the requests in hand are answered before it exits with 0', async () => {
  const { service, ready, exited } = start({ NATS_URL: server.urlFor('router'), SAMPLE_DELAY_MS: '200' });
  await ready();
  const asked = Array.from({ length: 20 }, (_, value) =>
    requester.request(double, { value }, testEnvelope()),
  );
  // Any answer to this means that those before it have arrived.
  await requester.isServed('router', 1_000);
  service.kill('SIGTERM');
  expect(await Promise.all(asked)).toHaveLength(20);
  expect(await exited).toBe(0);
});

test('a service that waits for NATS says that it is not ready and why, and stops when it is told to', async () => {
  const port = await freePort();
  const { service, lines, exited } = start({
    NATS_URL: `nats://127.0.0.1:${await freePort()}`,
    SAMPLE_DELAY_MS: '0',
    WEIR_OPS_PORT: String(port),
  });
  await eventually(async () => {
    const answer = await fetch(`http://127.0.0.1:${port}/ready`);
    expect(await answer.json()).toEqual({
      ready: false,
      state: 'starting',
      missing: ['a connection to NATS'],
      problems: [
        { code: 'bus_disconnected', message: expect.stringContaining('nothing listens there') as string },
      ],
      unreadable: {},
    });
  });
  service.kill('SIGTERM');
  expect(await exited).toBe(0);
  const messages = lines().map(({ msg }) => msg);
  expect(messages).toContain('stopped');
  expect(messages.filter((message) => message.includes('nothing listens there'))).toHaveLength(1);
});

test('a file that a setting names and that is not there ends a service at once, by the name of the setting', async () => {
  const { exited, lines } = start({
    NATS_URL: server.urlFor('router'),
    NATS_CA_FILE: '/nowhere/ca.pem',
    SAMPLE_DELAY_MS: '0',
  });
  expect(await exited).toBe(1);
  expect(lines().map(({ msg }) => msg)).toEqual([
    'cannot start: NATS_CA_FILE: the file /nowhere/ca.pem cannot be read (ENOENT)',
  ]);
});

test('a service that is still starting is not found by others, and stops in good order when it is told to', async () => {
  const port = await freePort();
  const { service, lines, exited } = start({
    NATS_URL: server.urlFor('router'),
    SAMPLE_DELAY_MS: '0',
    // One that it may not make.
    SAMPLE_STREAM: 'WEIR_OTHERS',
    WEIR_OPS_PORT: String(port),
  });
  await eventually(async () => {
    const answer = await fetch(`http://127.0.0.1:${port}/ready`);
    expect(await answer.json()).toMatchObject({
      ready: false,
      state: 'starting',
      missing: ['the stream WEIR_OTHERS in JetStream', 'it is starting'],
    });
  });
  expect(await requester.isServed('router', 500)).toBe(false);
  service.kill('SIGTERM');
  expect(await exited).toBe(0);
  expect(lines().map(({ level }) => level)).not.toContain('fatal');
});

test('a service that may not listen where it should is not ready, and says where', async () => {
  const port = await freePort();
  start({ NATS_URL: server.urlFor('ingress'), SAMPLE_DELAY_MS: '0', WEIR_OPS_PORT: String(port) });
  await eventually(async () => {
    const answer = await fetch(`http://127.0.0.1:${port}/ready`);
    expect(await answer.json()).toMatchObject({
      missing: [expect.stringContaining('weir.v1.router.double')],
    });
  });
});

test('a password that must be encrypted on its way is never sent to a server that cannot', async () => {
  const { promise: leftBy, resolve: leave } = Promise.withResolvers<string>();
  const plain = createServer((socket) => {
    let received = '';
    socket.on('data', (data) => (received += String(data)));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      leave(received);
    });
    const info = {
      server_id: 'x',
      version: '2.10.0',
      headers: true,
      max_payload: 8_519_680,
      auth_required: true,
    };
    socket.write(`INFO ${JSON.stringify(info)}\r\n`);
  });
  const port = await freePort();
  plain.listen(port, '127.0.0.1');
  start({ NATS_URL: `tls://router:hunter2@127.0.0.1:${port}`, SAMPLE_DELAY_MS: '0' });
  expect(await leftBy).not.toContain('hunter2');
  plain.close();
});

test('it ends when its parent is gone', async () => {
  const { service, ready, exited } = start({ NATS_URL: server.urlFor('router'), SAMPLE_DELAY_MS: '0' });
  await ready();
  service.disconnect();
  expect(await exited).toBe(0);
});

test('it ends in good order when its parent is killed and nobody reads its log any more', async () => {
  // A parent of its own, so that it can be killed: it prints the pid of the service that it has started.
  const main = new URL('./processes/sample-service.ts', import.meta.url);
  const script = `const { fork } = require('node:child_process');
    const child = fork(${JSON.stringify(main.pathname)}, { silent: true });
    child.once('message', () => console.log(child.pid));`;
  const parent = spawn(process.execPath, ['--eval', script], {
    env: { PATH: process.env['PATH'], NATS_URL: server.urlFor('router'), SAMPLE_DELAY_MS: '0' },
  });
  const [pid] = (await once(parent.stdout, 'data')) as [Buffer];
  parent.kill('SIGKILL');
  await eventually(() => {
    expect(() => process.kill(Number(pid), 0)).toThrow('ESRCH');
  });
});

test('its operations port tells that it lives, that it is ready, and its metrics', async () => {
  const port = await freePort();
  const { ready } = start({
    NATS_URL: server.urlFor('router'),
    SAMPLE_DELAY_MS: '0',
    WEIR_OPS_PORT: String(port),
  });
  await ready();
  const get = (path: string) => fetch(`http://127.0.0.1:${port}${path}`);
  expect((await get('/health')).status).toBe(200);
  expect(await (await get('/ready')).json()).toMatchObject({ ready: true, state: 'ready', missing: [] });
  await requester.request(double, { value: 1 }, testEnvelope());
  expect(await (await get('/metrics')).text()).toMatch(
    /weir_bus_handled_seconds_count\{.*endpoint="router.double".*\} 1/,
  );
  expect((await get('/nothing')).status).toBe(404);
});

test('while NATS is gone it is not ready and says what is missing; it recovers by itself', async () => {
  const own = await startNats({ config: 'weir', services: conformanceServices });
  const port = await freePort();
  const { ready } = start({
    NATS_URL: own.urlFor('router'),
    SAMPLE_DELAY_MS: '0',
    WEIR_OPS_PORT: String(port),
  });
  await ready();
  const readiness = () => fetch(`http://127.0.0.1:${port}/ready`);
  await own.kill();
  await eventually(async () => {
    const answer = await readiness();
    expect(answer.status).toBe(503);
    expect(await answer.json()).toMatchObject({
      ready: false,
      state: 'broken',
      missing: ['a connection to NATS'],
    });
  });
  await own.restart();
  await eventually(async () => {
    expect((await readiness()).status).toBe(200);
  }, 10_000);
  child?.kill('SIGKILL');
  await own.close();
});
