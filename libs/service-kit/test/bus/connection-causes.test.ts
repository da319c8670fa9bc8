import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect as connectSocket, createServer } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from '@nats-io/transport-node';
import { freePort } from '@weir/local-servers/port';
import { ConnectionDiagnosis } from '@weir/service-kit/bus/connection/connection-diagnosis';
import { natsOptions, type NatsSettings } from '@weir/service-kit/bus/connection/nats-connection';
import { systemClock } from '@weir/service-kit/clock';
import { eventually } from '@weir/testkit/eventually';
import { certificate, expiredCertificate, otherAuthority } from '@weir/testkit/servers/certificate';
import { natsWith } from '@weir/testkit/servers/nats';
import { startAsProcess } from '@weir/testkit/servers/process';
import type { TestServer } from '@weir/testkit/servers/test-server';
import { createTestProblems, connectTestBus } from '@weir/testkit/test-bus';
import { afterAll, beforeAll, expect, test } from 'vitest';

let folder: string;
let plain: TestServer;
let withTls: TestServer;
let expired: TestServer;
const file = (name: string) => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weir-causes-'));
  const files = {
    'server.pem': certificate.cert,
    'server.key': certificate.key,
    'expired.pem': expiredCertificate.cert,
    'expired.key': expiredCertificate.key,
    'other.pem': otherAuthority,
    'nothing.pem': 'no certificate',
  };
  for (const [name, content] of Object.entries(files)) await writeFile(file(name), content);
  const start = async (name: string, tls?: string) => {
    await writeConfig(name, 'secret', tls);
    return startAsProcess(natsWith(file(name)));
  };
  [plain, withTls, expired] = await Promise.all([
    start('plain.conf'),
    start('tls.conf', 'server'),
    start('expired.conf', 'expired'),
  ]);
});
afterAll(async () => {
  for (const server of [plain, withTls, expired]) await server.close();
  await rm(folder, { recursive: true });
});

async function writeConfig(name: string, password: string, tls?: string): Promise<void> {
  const lines = [`authorization { user: router, password: ${password} }`];
  if (tls) lines.push(`tls { cert_file: "${file(`${tls}.pem`)}", key_file: "${file(`${tls}.key`)}" }`);
  await writeFile(file(name), lines.join('\n'));
}

/** What an operator is told of a connection that cannot be made. */
async function problemWith(settings: NatsSettings) {
  const problems = createTestProblems();
  const parts = { settings, name: 'router a', inboxPrefix: '_INBOX_router', problems, clock: systemClock };
  const diagnosis = new ConnectionDiagnosis(parts);
  diagnosis.lost('a');
  try {
    return await eventually(() => {
      const [problem] = problems.list();
      if (!problem) throw new Error('nothing is told');
      return problem;
    });
  } finally {
    diagnosis.restored('a');
    expect(problems.list()).toEqual([]);
  }
}

const urlOf = (server: TestServer, { scheme = 'nats', host = '127.0.0.1', password = 'secret' } = {}) =>
  `${scheme}://router:${password}@${host}:${server.port}`;

test('each reason why NATS cannot be reached has its own code and words, and no password in them', async () => {
  const tls = { scheme: 'tls' };
  const ca = { caFile: file('server.pem') };
  const told = await Promise.all([
    problemWith({ url: urlOf(plain, { password: 'wrong' }) }),
    problemWith({ url: `nats://127.0.0.1:${plain.port}` }),
    problemWith({ url: urlOf(plain, tls) }),
    problemWith({ url: urlOf(withTls, tls) }),
    problemWith({ url: urlOf(withTls) }),
    problemWith({ url: urlOf(withTls, tls), caFile: file('other.pem') }),
    problemWith({ url: urlOf(withTls, { ...tls, host: 'localhost' }), ...ca }),
    problemWith({ url: urlOf(expired, tls), caFile: file('expired.pem') }),
    problemWith({ url: `nats://127.0.0.1:${await freePort()}` }),
    problemWith({ url: 'nats://nowhere.invalid:4222' }),
    problemWith({ url: `nats://127.0.0.1:${await freePort()},${urlOf(plain, { password: 'wrong' })}` }),
  ]);
  expect(told.map(({ code, message }) => [code, message.replaceAll(/:\d{4,5}/g, '')])).toEqual(
    [
      ['bus_authentication_failed', /refuses the user router of NATS_URL/],
      ['bus_authentication_failed', /demands a user/],
      ['bus_certificate_invalid', /speaks no TLS/],
      ['bus_certificate_invalid', /set NATS_CA_FILE/],
      ['bus_certificate_invalid', /set NATS_CA_FILE/],
      ['bus_certificate_invalid', /NATS_CA_FILE \(.*other\.pem\) must hold/],
      ['bus_certificate_invalid', /another name than localhost/],
      ['bus_certificate_invalid', /has expired/],
      ['bus_disconnected', /nothing listens there/],
      ['bus_disconnected', /DNS/],
      ['bus_authentication_failed', /demands a user/],
    ].map(([code, words]) => [code, expect.stringMatching(words as RegExp) as string]),
  );
  expect(JSON.stringify(told)).not.toMatch(/secret|wrong/);
});

test('a certificate for an IP address is its server’s there, and no other', async () => {
  const settings = { url: urlOf(withTls, { scheme: 'tls' }), caFile: file('server.pem') };
  const connection = await connect(natsOptions({ ...settings, name: 'a', inboxPrefix: '_INBOX_a' }));
  await connection.close();
  // The same server under an address that its certificate does not have.
  const proxy = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.pipe(connectSocket(withTls.port, '127.0.0.1')).pipe(socket);
  }).listen(withTls.port, '127.0.0.3');
  await once(proxy, 'listening');
  const url = urlOf(withTls, { scheme: 'tls', host: '127.0.0.3' });
  expect((await problemWith({ ...settings, url })).message).toMatch(/another name than 127\.0\.0\.3/);
  proxy.close();
});

test.each([
  ['NATS_CA_FILE', { caFile: 'absent.pem' }, /cannot be read \(ENOENT\)/],
  ['NATS_CA_FILE', { caFile: '.' }, /cannot be read \(EISDIR\)/],
  ['NATS_CA_FILE', { caFile: 'nothing.pem' }, /holds no certificate/],
  ['NATS_CREDS_FILE', { credentialsFile: 'absent.creds' }, /cannot be read \(ENOENT\)/],
  ['NATS_CREDS_FILE', { credentialsFile: 'nothing.pem' }, /holds no user JWT/],
])('a file of %s that is of no use ends the start with its name: %o', (setting, files, words) => {
  const paths = Object.fromEntries(Object.entries(files).map(([key, name]) => [key, file(name)]));
  const start = () => natsOptions({ url: urlOf(plain), ...paths, name: 'a', inboxPrefix: '_INBOX_a' });
  expect(start).toThrow(setting);
  expect(start).toThrow(words);
});

test('a password that is changed on the server alone is told while the process runs, until it is as it was', async () => {
  const problems = createTestProblems();
  const reloadWith = async (password: string) => {
    await writeConfig('plain.conf', password);
    process.kill(plain.pid ?? 0, 'SIGHUP');
  };
  const bus = await connectTestBus({ url: urlOf(plain), service: 'router', problems });
  try {
    await reloadWith('another');
    await eventually(() => {
      expect(problems.list().map(({ code }) => code)).toContain('bus_authentication_failed');
    });
    await reloadWith('secret');
    await eventually(() => {
      expect([bus.connected, problems.list()]).toEqual([true, []]);
    });
  } finally {
    await reloadWith('secret');
    await bus.drain();
  }
});
