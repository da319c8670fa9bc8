import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createCredential } from '@weir/contracts/admin/credentials';
import { updateOrganisation } from '@weir/contracts/admin/organisations';
import { createKey, deleteKey, listKeys, updateKey } from '@weir/contracts/admin/virtual-keys';
import type { FaultCode } from '@weir/contracts/faults';
import { freePort } from '@weir/local-servers/port';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { adminKey, type FakeGateway, Refusal, startFakeGateway } from './fake-gateway.ts';
import { key, virtualKey } from './records.ts';
import { startWeir, weir } from './weir-process.ts';

let gateway: FakeGateway;
beforeEach(async () => {
  gateway = await startFakeGateway();
});
afterEach(() => gateway.close());

const run = (...args: string[]) => weir(args, gateway.environment);

function refuse(endpoint: Parameters<FakeGateway['answer']>[0], code: FaultCode): void {
  gateway.answer(endpoint, () => {
    throw new Refusal(code);
  });
}

test('a gateway that does not run, or is none, is said with what to look at', async () => {
  const url = `http://127.0.0.1:${await freePort()}`;
  const list = (WEIR_URL: string) => weir(['keys', 'list'], { WEIR_URL, WEIR_ADMIN_KEY: adminKey });
  expect(await list(url)).toEqual({
    code: 1,
    out: '',
    err: `weir: No gateway answers at ${url}. Is it running (npm start)? Another address: --url or WEIR_URL.\n`,
  });
  const server = createServer((_, response) => response.writeHead(301, { location: '/elsewhere' }).end());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const other = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  expect((await list(other)).err).toBe(
    `weir: What answers at ${other} is not Weir's admin API (status 301). Check --url or WEIR_URL.\n`,
  );
  server.close();
  expect((await list('127.0.0.1:8080')).code).toBe(2);
  expect((await list(`${url}/v1`)).err).toContain('without a path');
});

test('Ctrl-C ends a command that waits, and says that what it asked for may have been done', async () => {
  const server = createServer(() => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const WEIR_URL = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const args = ['keys', 'create', '--name', 'x', '--idempotency-key', 'mine', '--verbose'];
  const running = startWeir(args, { WEIR_URL, WEIR_ADMIN_KEY: adminKey });
  await running.says('> POST');
  running.interrupt();
  expect(await running.ended).toBe(1);
  expect(running.err).toContain(
    'Stopped. It may have been done: repeat the command with --idempotency-key mine',
  );
  server.closeAllConnections();
  server.close();
});

test('a key that is not valid says where it came from and how to log in', async () => {
  const environment = { ...gateway.environment, WEIR_ADMIN_KEY: 'wrong' };
  const { code, err } = await weir(['keys', 'list'], environment);
  expect(code).toBe(1);
  expect(err).toContain('It came from the environment (WEIR_ADMIN_KEY)');
  expect(err).toContain(`weir login --url ${gateway.url}`);
});

test('a key without the scope is told which one it takes', async () => {
  refuse(listKeys, 'insufficient_scope');
  refuse(updateOrganisation, 'insufficient_scope');
  expect((await run('keys', 'list')).err).toContain('with the scope keys or read or owner.');
  expect((await run('orgs', 'update', 'acme', '--name', 'x')).err).toContain(
    'with the scope owner, and is not confined to one organisation.',
  );
});

test('what was changed in the meantime is to be read again, and what is not there to be looked for', async () => {
  refuse(updateKey, 'revision_conflict');
  refuse(deleteKey, 'not_found');
  expect((await run('keys', 'update', 'aaaaaaaa', '--name', 'x', '--if-revision', '6')).err).toContain(
    'Read it again: weir keys show aaaaaaaa',
  );
  expect((await run('keys', 'delete', 'aaaaaaaa', '--yes')).err).toContain(
    'Those that there are: weir keys list',
  );
});

test.each([
  [['keys', 'create'], "required option '--name <text>' not specified"],
  [['keys', 'create', '--name', 'x', '--expires', 'soon'], 'It must be a duration as 12h or 30d'],
  [
    ['keys', 'create', '--name', 'x', '--allowed-addresses', '10.0.0'],
    '--allowed-addresses must be an IP address',
  ],
  [['keys', 'create', '--name', 'x', '--allowed-models', ''], 'It must be a list as a,b or "none".'],
  [['keys', 'list', '--status', 'gone'], 'Allowed choices are active, expired, revoked.'],
  [['keys', 'update', 'aaaaaaaa'], 'Say what to change'],
  [['admin-keys', 'create', '--name', 'x', '--scopes', 'keys,everything'], '--scopes is not valid'],
  [['keys', 'import', 'keys.txt'], 'add --format csv or --format jsonl'],
  [['configs', 'set', 'cheap', '/nonexistent/file'], '/nonexistent/file cannot be read (ENOENT).'],
  [['audit', 'verify', '--anchor', '7'], 'It must be seq:hash'],
])('%j is a usage error before anything is sent', async (args, message) => {
  const { code, err } = await run(...args);
  expect({ code, calls: gateway.calls }).toEqual({ code: 2, calls: [] });
  expect(err).toContain(message);
});

test('--verbose tells the requests, and neither keys nor contents', async () => {
  gateway.answer(createKey, () => ({ ...virtualKey(), key }));
  refuse(createCredential, 'already_exists');
  const created = await run('keys', 'create', '--name', 'checkout', '--verbose');
  expect(created.err).toContain(
    `> POST ${gateway.url}/admin/v1/keys  authorization: Bearer weir-admin-abcdefgh****`,
  );
  expect(created.err).toMatch(/^< 200 after \d+ ms, request the-request$/m);
  const args = ['credentials', 'create', '--name', 'main', '--provider', 'openai', '--verbose'];
  const refused = await weir(args, gateway.environment, 'sk-real-key-of-a-provider');
  expect(refused.code).toBe(1);
  const said = created.err + refused.out + refused.err;
  for (const secret of [adminKey.slice(20), key, 'sk-real']) expect(said).not.toContain(secret);
});

test('what could be read on its way is warned of', async () => {
  const remote = { WEIR_URL: 'http://gateway.invalid', WEIR_ADMIN_KEY: adminKey };
  const { code, err } = await weir(['keys', 'list'], remote);
  expect(code).toBe(1);
  expect(err).toContain('weir: warning: what goes to http://gateway.invalid is not encrypted');
  expect((await run('keys', 'list')).err).not.toContain('warning');
});
