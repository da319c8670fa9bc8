import type { LookupFunction } from 'node:net';
import type { Fault } from '@weir/service-kit/fault';
import { refusedUrl } from '@weir/testkit/providers/unreachable';
import { expect, test, vi } from 'vitest';
import type { Resolve } from '@weir/service-kit/outbound/name-resolver';
import { Upstreams } from '../src/adapters/upstreams.ts';
import { HostPolicy } from '@weir/service-kit/outbound/host-policy';
import { parseHostPattern } from '@weir/service-kit/outbound/host-pattern';
import { toCredential } from '../src/providers/credential.ts';
import { hostProvider, startHost, upstreamSettings } from './host.ts';

/** Asks a host that a config has named, whose name resolves to these addresses, for callers and for the operator. */
async function ask(baseUrl: string, { addresses = ['127.0.0.1'], allowed = [] as string[] } = {}) {
  const found = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
  const resolve: Resolve = async () => {
    if (found.length === 0) throw Object.assign(new Error('queryA ENOTFOUND'), { code: 'ENOTFOUND' });
    return found;
  };
  const lookup: LookupFunction = (_, options, callback) => {
    if (options.all) callback(null, found);
    else callback(null, found[0]?.address ?? '', found[0]?.family);
  };
  const hostPolicy = new HostPolicy(allowed.flatMap((pattern) => parseHostPattern(pattern) ?? []));
  const upstreams = new Upstreams({ settings: upstreamSettings, hostPolicy, lookup, resolve });
  const upstream = upstreams.of(hostProvider(baseUrl, { isPublicHostOnly: true }));
  const { signal } = new AbortController();
  const call = { model: 'm', credential: toCredential('sk-secret'), signal };
  return upstream.post('chat/completions', '{}', call).then(
    async (answer) => ({ status: answer.status, text: await answer.text() }),
    (fault: unknown) => (fault as Fault).toData(),
  );
}

const refused = {
  code: 'host_not_allowed',
  message:
    'A custom host must be https and have a public address, or be allowed by the operator in WEIR_ALLOWED_HOSTS.',
};

test.each([
  ['127.0.0.1'],
  ['10.0.0.5'],
  ['172.16.0.1'],
  ['192.168.1.1'],
  ['169.254.169.254'],
  ['100.100.100.200'],
  ['168.63.129.16'],
  ['0.0.0.0'],
  ['::1'],
  ['::'],
  ['::ffff:127.0.0.1'],
  ['64:ff9b::7f00:1'],
  ['fd00:ec2::254'],
  ['fe80::1%1'],
  ['10.0.0.5', '::1'],
])('a name that resolves to %s is refused, without telling where it leads', async (...addresses) => {
  const fault = await ask('https://127.0.0.1.nip.example.com/v1', { addresses });
  expect(fault).toEqual(refused);
});

test('a name that does not exist is refused as one that leads inside: nobody can list the names of a network', async () => {
  expect(await ask('https://db.prod.example.com/v1', { addresses: [] })).toEqual(refused);
});

test('a refusal is the same whether anybody listens or not', async () => {
  const host = await startHost((_, response) => response.end('Hi'));
  const open = await ask(`https://llm.example.com:${host.port}`);
  const closed = await ask((await refusedUrl()).replace('http://127.0.0.1', 'https://llm.example.com'));
  expect([open, closed]).toEqual([refused, refused]);
  expect(host.connections()).toBe(0);
});

test.each([
  'http://127.0.0.1',
  'https://127.0.0.1',
  'https://[::1]',
  'https://0x7f000001',
  'http://llm.example.com',
])('what a config should never have been taken with is refused all the same: %s', async (url) => {
  const host = await startHost((_, response) => response.end('Hi'));
  expect(await ask(`${url}:${host.port}`)).toEqual(refused);
  expect(host.connections()).toBe(0);
});

test('a host that the operator allows is connected to wherever it is, at that port alone', async () => {
  const host = await startHost((_, response) => response.end('Hi'));
  const other = await startHost((_, response) => response.end('Hi'));
  const allowed = [`*.corp.example:${host.port}`];
  const baseUrl = (port: number) => `http://llm.corp.example:${port}/v1`;
  expect(await ask(baseUrl(host.port), { allowed })).toEqual({ status: 200, text: 'Hi' });
  expect(host.requests[0]?.headers.authorization).toBe('Bearer sk-secret');
  expect(await ask(baseUrl(other.port), { allowed })).toEqual(refused);
  expect(other.connections()).toBe(0);
});

test('a redirect is an answer, and never followed', async () => {
  const inside = await startHost((_, response) => response.end('secret'));
  const host = await startHost((_, response) => {
    response.writeHead(307, { location: `${inside.url}/latest/meta-data` }).end('moved');
  });
  const allowed = [`127.0.0.1:${host.port}`];
  expect(await ask(host.url, { allowed })).toEqual({ status: 307, text: 'moved' });
  expect(inside.connections()).toBe(0);
});

test('no proxy of the environment is used: it would connect to what we have not checked', async () => {
  const host = await startHost((_, response) => response.end('Hi'));
  const proxy = await startHost((_, response) => response.end('proxied'));
  for (const name of ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'http_proxy', 'https_proxy']) {
    vi.stubEnv(name, proxy.url);
  }
  expect(await ask(host.url, { allowed: [`127.0.0.1:${host.port}`] })).toEqual({ status: 200, text: 'Hi' });
  expect(await ask(`https://llm.example.com:${host.port}`)).toEqual(refused);
  expect(proxy.connections()).toBe(0);
  vi.unstubAllEnvs();
});
