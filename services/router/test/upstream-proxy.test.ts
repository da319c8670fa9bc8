import { createServer, type IncomingMessage } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { once } from 'node:events';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { HostPolicy } from '@weir/service-kit/outbound/host-policy';
import { createProxyFor } from '@weir/service-kit/outbound/proxy';
import { certificate } from '@weir/testkit/servers/certificate';
import { refusedUrl } from '@weir/testkit/providers/unreachable';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { Upstreams } from '../src/adapters/upstreams.ts';
import { toCredential } from '../src/providers/credential.ts';
import { hostProvider, startHost, upstreamSettings } from './host.ts';

const trusted = getCACertificates('default');
beforeAll(() => {
  setDefaultCACertificates([...trusted, certificate.cert]);
});
afterAll(() => {
  setDefaultCACertificates(trusted);
});

/** A proxy that leads to wherever CONNECT says, and remembers what it was asked. */
async function startProxy(status = 200) {
  const asked: IncomingMessage[] = [];
  const sockets = new Set<Socket>();
  const server = createServer().on('connect', (request: IncomingMessage, client: Socket) => {
    asked.push(request);
    client.on('error', () => undefined);
    if (status !== 200) {
      client.end(`HTTP/1.1 ${status} No\r\n\r\n`);
      return;
    }
    const { hostname, port } = new URL(`http://${request.url}`);
    const target = connect(Number(port), hostname, () => {
      client.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      target.pipe(client).pipe(target);
    });
    target.on('error', () => client.destroy());
    sockets.add(client).add(target);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { asked, url: `http://corp:p%40ss@127.0.0.1:${(server.address() as AddressInfo).port}` };
}

function ask(
  baseUrl: string,
  proxy: string,
  { isPublicHostOnly = false, NO_PROXY = '', connectMs = 1_000 } = {},
) {
  const upstreams = new Upstreams({
    settings: upstreamSettings,
    hostPolicy: new HostPolicy([]),
    proxyFor: createProxyFor({ HTTPS_PROXY: new URL(proxy), NO_PROXY }),
  });
  const upstream = upstreams.of(hostProvider(baseUrl, { isPublicHostOnly }));
  const { signal } = new AbortController();
  return upstream.post('chat/completions', '{}', {
    model: 'm',
    credential: toCredential('sk-secret'),
    signal,
    timeouts: { connectMs },
  });
}

test("the operator's providers are asked over the proxy, which sees their host and not what is said", async () => {
  const host = await startHost((_, response) => response.end('Hi'), { isSecure: true });
  const proxy = await startProxy();
  const answer = await ask(host.url, proxy.url);
  expect(await answer.text()).toBe('Hi');
  expect(proxy.asked.map(({ url }) => url)).toEqual([`127.0.0.1:${host.port}`]);
  const { 'proxy-authorization': authorisation } = proxy.asked[0]?.headers ?? {};
  expect(authorisation).toBe(`Basic ${Buffer.from('corp:p@ss').toString('base64')}`);
  expect(host.requests[0]?.headers).not.toHaveProperty('proxy-authorization');
});

test('hosts that NO_PROXY names and hosts of plain http are asked directly', async () => {
  const proxy = await startProxy();
  const secure = await startHost((_, response) => response.end('Hi'), { isSecure: true });
  expect(await (await ask(secure.url, proxy.url, { NO_PROXY: '127.0.0.1' })).text()).toBe('Hi');
  const plain = await startHost((_, response) => response.end('Hi'));
  expect(await (await ask(plain.url, proxy.url)).text()).toBe('Hi');
  expect(proxy.asked).toEqual([]);
});

test('a host that a config has named is never asked over a proxy, which would connect to what nobody has checked', async () => {
  const host = await startHost((_, response) => response.end('Hi'), { isSecure: true });
  const proxy = await startProxy();
  await expect(ask(host.url, proxy.url, { isPublicHostOnly: true })).rejects.toMatchObject({
    code: 'host_not_allowed',
  });
  expect(proxy.asked).toEqual([]);
});

test.each([
  ['refuses us', 407, 'resource_exhausted'],
  ['has more to do than it can', 429, 'resource_exhausted'],
  ['does not reach the host', 502, 'upstream_unreachable'],
])('a proxy that %s answers %d, which is %s', async (_what, status, code) => {
  const host = await startHost((_, response) => response.end('Hi'), { isSecure: true });
  const proxy = await startProxy(status);
  await expect(ask(host.url, proxy.url)).rejects.toMatchObject({ code });
});

test('a proxy that is not there, or does not answer anybody, is no failure of the provider', async () => {
  const host = await startHost((_, response) => response.end('Hi'), { isSecure: true });
  await expect(ask(host.url, await refusedUrl())).rejects.toMatchObject({ code: 'resource_exhausted' });
  const silent = createServer().on('connect', (_, client: Socket) => client.resume());
  silent.listen(0, '127.0.0.1');
  await once(silent, 'listening');
  onTestFinished(() => {
    silent.close();
  });
  const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
  await expect(ask(host.url, url, { connectMs: 50 })).rejects.toMatchObject({ code: 'resource_exhausted' });
});
