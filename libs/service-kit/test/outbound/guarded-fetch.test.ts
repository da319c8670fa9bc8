import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { Fault } from '@weir/service-kit/fault';
import { createGuardedFetch, type GuardedFetchParts } from '@weir/service-kit/outbound/guarded-fetch';
import { parseHostPattern } from '@weir/service-kit/outbound/host-pattern';
import { HostPolicy } from '@weir/service-kit/outbound/host-policy';
import { certificate } from '@weir/testkit/servers/certificate';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startHost } from './host.ts';

const trusted = getCACertificates();
beforeAll(() => {
  setDefaultCACertificates([...trusted, certificate.cert]);
});
afterAll(() => {
  setDefaultCACertificates(trusted);
});

/** Its public internet is empty, but for what the operator allows, unless the test says otherwise. */
function fetchWith({
  allowed = '127.0.0.1:*',
  ...parts
}: Partial<GuardedFetchParts> & { allowed?: string } = {}) {
  const pattern = parseHostPattern(allowed);
  return createGuardedFetch({
    hostPolicy: new HostPolicy(pattern ? [pattern] : []),
    timeoutMs: 2_000,
    maxBytes: 1_000,
    ...parts,
  });
}

const nothing = { allowed: '' };

test('what is sent arrives, and what comes is an answer whatever its status', async () => {
  const host = await startHost((request, response) => {
    response.setHeader('set-cookie', ['a', 'b']);
    response.writeHead(request.method === 'PUT' ? 204 : 418, {
      'x-signed': String(request.headers['x-signature']),
    });
    response.end(`to ${request.url}`);
  });
  const fetch = fetchWith();
  const answer = await fetch(`${host.url}/hook?of=budget`, {
    method: 'POST',
    body: '{}',
    headers: { 'x-signature': 'v1' },
  });
  expect([answer.status, answer.ok, await answer.text()]).toEqual([418, false, 'to /hook?of=budget']);
  expect([answer.headers.get('x-signed'), answer.headers.getSetCookie()]).toEqual(['v1', ['a', 'b']]);
  expect((await fetch(host.url, { method: 'PUT', body: Buffer.from('x') })).status).toBe(204);
});

test('a redirect is not followed', async () => {
  const host = await startHost((_, response) => {
    response.writeHead(302, { location: '/elsewhere' }).end();
  });
  const answer = await fetchWith()(`${host.url}/`);
  expect(answer.status).toBe(302);
  expect(host.requests.map(({ url }) => url)).toEqual(['/']);
});

test.each([
  'ftp://llm.example.com/',
  'no URL',
  'http://prices.example.com/list.json',
  'https://user:secret@93.184.215.14/',
  'https://127.0.0.1/',
  'https://[::ffff:10.0.0.1]/',
  'https://169.254.169.254/latest/meta-data',
  'https://localhost/',
])('nobody is asked at %s', async (url) => {
  await expect(fetchWith(nothing)(url)).rejects.toMatchObject({ code: 'host_not_allowed' });
});

test('a public name that leads to a private address is not connected to', async () => {
  const host = await startHost((_, response) => response.end('a secret'), { isSecure: true });
  const resolve = async () => [{ address: '127.0.0.1', family: 4 }];
  const url = `https://prices.example.com:${host.port}/`;
  await expect(fetchWith({ ...nothing, resolve })(url)).rejects.toMatchObject({ code: 'host_not_allowed' });
  expect(host.connections()).toBe(0);
});

test('a public host is spoken to over TLS, in its own name', async () => {
  const host = await startHost((_, response) => response.end('prices'), { isSecure: true });
  const fetch = fetchWith({
    allowed: '',
    resolve: async () => [{ address: '127.0.0.1', family: 4 }],
    isPublic: (address) => address === '127.0.0.1',
  });
  const answer = await fetch(`https://prices.example.com:${host.port}/`);
  expect(await answer.text()).toBe('prices');
  const ofAnother = fetch(`https://prices.example.org:${host.port}/`);
  await expect(ofAnother).rejects.toMatchObject({ code: 'upstream_unreachable' });
  expect(host.requests).toHaveLength(1);
});

test('an answer that is larger than it may be is refused, and no more of it is read', async () => {
  const host = await startHost((request, response) => {
    if (request.url === '/fits') response.end('x'.repeat(1_000));
    else {
      const write = () => response.write('x'.repeat(64 * 1024), () => !response.destroyed && write());
      write();
    }
  });
  const fetch = fetchWith();
  expect((await (await fetch(`${host.url}/fits`)).text()).length).toBe(1_000);
  await expect(fetch(`${host.url}/endless`)).rejects.toMatchObject({ code: 'upstream_answer_too_large' });
});

test.each(['/silent', '/slow'])('nobody is waited for longer than allowed: %s', async (path) => {
  const host = await startHost((request, response) => {
    if (request.url === '/slow') response.write('x');
  });
  const fetch = fetchWith({ timeoutMs: 100 });
  await expect(fetch(`${host.url}${path}`)).rejects.toMatchObject({ code: 'upstream_timeout' });
});

test('an answer that is cut, none at all, and an abort are faults', async () => {
  const host = await startHost((request, response) => {
    if (request.url === '/cut')
      response.writeHead(200, { 'content-length': '10' }).write('x', () => response.destroy());
    else if (request.url === '/none') response.destroy();
  });
  const fetch = fetchWith();
  await expect(fetch(`${host.url}/cut`)).rejects.toMatchObject({ code: 'upstream_stream_cut' });
  await expect(fetch(`${host.url}/none`)).rejects.toMatchObject({ code: 'upstream_unreachable' });
  const stopping = new AbortController();
  const waiting = fetch(`${host.url}/waits`, { signal: stopping.signal });
  stopping.abort(new Fault('service_lost'));
  await expect(waiting).rejects.toMatchObject({ code: 'service_lost' });
});
