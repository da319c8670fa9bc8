import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { createServer, type AddressInfo, type LookupFunction, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { ConnectionPools } from '../src/adapters/connection-pools.ts';
import { Upstreams } from '../src/adapters/upstreams.ts';
import type { Upstream } from '../src/adapters/upstream.ts';
import { HostPolicy } from '@weir/service-kit/outbound/host-policy';
import { parseHostPattern } from '@weir/service-kit/outbound/host-pattern';
import { toCredential } from '../src/providers/credential.ts';
import { hostProvider, startHost, upstreamSettings } from './host.ts';

const toLoopback: LookupFunction = (_, options, callback) => {
  if (options.all) callback(null, [{ address: '127.0.0.1', family: 4 }]);
  else callback(null, '127.0.0.1', 4);
};
const allowed = [parseHostPattern('*.corp.example:*') ?? []].flat();
const hostPolicy = new HostPolicy(allowed);
const createUpstreams = () => new Upstreams({ settings: upstreamSettings, hostPolicy, lookup: toLoopback });

const { signal } = new AbortController();
const post = (upstream: Upstream, credential = toCredential('sk-1'), connectMs?: number) =>
  upstream.post('chat', '{}', { model: 'm', credential, signal, timeouts: { connectMs } });

test('each call carries the credential that it is made with, and none where it has none', async () => {
  const host = await startHost((_, response) => response.end('Hi'));
  const upstream = createUpstreams().of(hostProvider(host.url, { dialect: 'anthropic' }));
  const credentials = [toCredential('sk-1'), toCredential('sk-2'), undefined];
  for (const credential of [...credentials, credentials[0]]) {
    const answer = await upstream.get('models', { credential, signal });
    await answer.text();
  }
  const sent = host.requests.map(({ headers }) => headers['x-api-key']);
  expect(sent).toEqual(['sk-1', 'sk-2', undefined, 'sk-1']);
  expect(host.requests.map(({ headers }) => headers['anthropic-version'])).not.toContain(undefined);
});

test('providers at one origin share its connections, though not with those that a config has named', async () => {
  const host = await startHost((_, response) => response.end('Hi'));
  const upstreams = createUpstreams();
  const url = `http://llm.corp.example:${host.port}`;
  const providers = [
    hostProvider(`${url}/a`),
    hostProvider(`${url}/b`),
    hostProvider(`${url}/a`, { credentials: [toCredential('sk-2')] }),
    hostProvider(`${url}/a`, { isPublicHostOnly: true }),
  ];
  for (const provider of providers) {
    const answer = await post(upstreams.of(provider));
    await answer.text();
  }
  const sockets = host.requests.map(({ socket }) => socket);
  const [own, guarded] = [new Set(sockets.slice(0, 3)), new Set(sockets.slice(3))];
  expect([...guarded].filter((socket) => own.has(socket))).toEqual([]);
  // A second one, where a request comes while the last bytes of the answer before it still run out.
  expect(own.size).toBeLessThanOrEqual(2);
});

test('pools that configs bring into being are bounded, and the operator keeps its own', () => {
  const pools = new ConnectionPools({ connectTimeoutMs: 1_000, keepAliveMs: 1_000, hostPolicy });
  const origin = (host: number) => `https://host-${host}.example.com`;
  const lasting = pools.at({ origin: origin(0), isGuarded: false });
  const hurried = pools.at({ origin: origin(0), isGuarded: false, connectMs: 200 });
  const guarded = pools.at({ origin: origin(0), isGuarded: true });
  expect(new Set([lasting, hurried, guarded]).size).toBe(3);
  for (let host = 1; host <= 256; host++) pools.at({ origin: origin(host), isGuarded: true });
  expect([lasting.closed, hurried.closed, guarded.closed]).toEqual([false, true, true]);
  expect(pools.at({ origin: origin(0), isGuarded: false })).toBe(lasting);
  expect(pools.at({ origin: origin(256), isGuarded: true }).closed).toBe(false);
});

test('a call that runs when its pool has to go ends well, and so does the next to the same host', async () => {
  let running: ServerResponse | undefined;
  const host = await startHost((_, response) => {
    if (running) {
      response.end('Hi');
    } else {
      running = response;
      response.write('a');
    }
  });
  const upstreams = createUpstreams();
  const named = (name: string) =>
    upstreams.of(hostProvider(`http://${name}.corp.example:${host.port}`, { isPublicHostOnly: true }));
  const answer = await post(named('llm'));
  for (let other = 0; other < 256; other++) await (await post(named(`host-${other}`))).text();
  running?.end('b');
  expect(await answer.text()).toBe('ab');
  expect(await (await post(named('llm'))).text()).toBe('Hi');
});

test.each([
  ['is refused', (socket: Socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')],
  ['is closed', (socket: Socket) => socket.end()],
  ['is reset', (socket: Socket) => socket.resetAndDestroy()],
])('a TLS handshake that %s is told at once, as a host that is not reached', async (_, answer) => {
  const server = createServer((socket) => {
    socket.on('error', () => undefined).once('data', () => answer(socket));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const startedAtMs = performance.now();
  await expect(post(createUpstreams().of(hostProvider(`https://127.0.0.1:${port}`)))).rejects.toMatchObject({
    code: 'upstream_unreachable',
  });
  expect(performance.now() - startedAtMs).toBeLessThan(upstreamSettings.connectTimeoutMs / 2);
});
