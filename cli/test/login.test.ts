import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { listOrganisations } from '@weir/contracts/admin/organisations';
import { listKeys } from '@weir/contracts/admin/virtual-keys';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { adminKey, type FakeGateway, Refusal, startFakeGateway } from './fake-gateway.ts';
import { onTerminal } from './terminal.ts';
import { weir } from './weir-process.ts';

let gateway: FakeGateway;
let folder: string;
let file: string;
/** As of a user who has a home and nothing set. */
let home: { WEIR_CONFIG_DIR: string };
beforeEach(async () => {
  gateway = await startFakeGateway();
  gateway.answer(listOrganisations, () => ({ data: [], has_more: false, next: null }));
  gateway.answer(listKeys, () => ({ data: [], has_more: false, next: null }));
  folder = await mkdtemp(join(tmpdir(), 'weir-cli-'));
  home = { WEIR_CONFIG_DIR: join(folder, 'config') };
  file = join(home.WEIR_CONFIG_DIR, 'profiles.json');
});
afterEach(async () => {
  await gateway.close();
  await rm(folder, { recursive: true });
});

const login = (...args: string[]) => weir(['login', '--url', gateway.url, ...args], home, `${adminKey}\n`);
const list = (args: string[] = [], environment: Record<string, string> = {}) =>
  weir(['keys', 'list', ...args], { WEIR_STATE_DIR: join(folder, 'none'), ...home, ...environment });

test('a key that was typed is tried, kept where only its owner can read it, and used from then on', async () => {
  const answers = { 'The admin key:': `${adminKey}\n` };
  const typed = await onTerminal(['login', '--url', gateway.url], { environment: home, answers });
  expect(typed.code).toBe(0);
  expect(typed.out + typed.err).not.toContain(adminKey.slice(-8));
  expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({
    default: { url: gateway.url, admin_key: adminKey },
  });
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect((await stat(home.WEIR_CONFIG_DIR)).mode & 0o777).toBe(0o700);
  expect(await list()).toMatchObject({ code: 0, err: 'There are none.\n' });
});

test('a key that the gateway does not take is not kept', async () => {
  const { code, err } = await weir(['login', '--url', gateway.url], {
    ...home,
    WEIR_ADMIN_KEY: 'a-wrong-one',
  });
  expect(code).toBe(1);
  expect(err).toContain('The admin key is not valid.');
  expect(err).not.toContain('a-wrong-one');
  await expect(stat(file)).rejects.toThrow('ENOENT');
  expect((await weir(['login', '--url', gateway.url], home)).err).toContain('No admin key was given.');
});

test('a key that may not do what login tries is known all the same', async () => {
  gateway.answer(listOrganisations, () => {
    throw new Refusal('insufficient_scope');
  });
  expect((await login()).code).toBe(0);
});

test('several gateways are kept as profiles, and forgotten one by one', async () => {
  await login();
  await login('--profile', 'prod');
  expect((await list(['--profile', 'prod'])).code).toBe(0);
  expect((await list(['--profile', 'test'])).err).toContain(
    'There is no profile test; there are: default, prod.',
  );
  expect((await list([], { WEIR_PROFILE: 'prod' })).code).toBe(0);
  expect((await weir(['logout', '--profile', 'prod'], home)).code).toBe(0);
  expect((await list(['--profile', 'prod'])).code).toBe(1);
  expect((await weir(['logout'], home)).code).toBe(0);
  await expect(stat(file)).rejects.toThrow('ENOENT');
  expect(await weir(['logout'], home)).toMatchObject({ code: 1 });
});

test('a file that others can read is refused, and a folder that they may enter is said', async () => {
  await mkdir(home.WEIR_CONFIG_DIR, { mode: 0o755 });
  expect((await login()).err).toContain(`chmod 700 '${home.WEIR_CONFIG_DIR}'`);
  await chmod(file, 0o640);
  const { code, err } = await list();
  expect(code).toBe(1);
  expect(err).toContain(`Close it with chmod 600 '${file}'`);
  expect(gateway.calls.filter(({ name }) => name === listKeys.name)).toEqual([]);
});

test('a kept key goes to the gateway that it is kept for, and to no other', async () => {
  await login();
  const other = await startFakeGateway();
  expect((await list(['--url', other.url])).err).toContain(`There is no admin key for ${other.url}.`);
  expect((await list([], { WEIR_URL: other.url })).code).toBe(1);
  expect((await list(['--profile', 'default', '--url', other.url])).code).toBe(2);
  expect((await list(['--url', gateway.url])).code).toBe(0);
  expect(other.calls).toEqual([]);
  await other.close();
});

test('the environment goes before a profile, and a profile that is named before the environment', async () => {
  await login();
  expect((await list([], { WEIR_ADMIN_KEY: 'another', WEIR_URL: gateway.url })).err).toContain(
    'It came from the environment (WEIR_ADMIN_KEY)',
  );
  expect((await list(['--profile', 'default'], { WEIR_ADMIN_KEY: 'another' })).code).toBe(0);
});

test('the gateway that npm start runs here is administered without a login', async () => {
  const root = join(folder, 'weir');
  const state = join(root, '.weir');
  const { port } = new URL(gateway.url);
  const local = (environment: Record<string, string> = {}) =>
    onTerminal(['keys', 'list'], { root, environment: { ...home, WEIR_PORT: port, ...environment } });
  const before = await local();
  expect(before.code).toBe(1);
  expect(before.err).toContain('Start Weir here with npm start, or log in with: weir login --url <URL>');
  await mkdir(state, { recursive: true });
  await writeFile(join(state, 'admin-key'), `${adminKey}\n`);
  expect(await local()).toMatchObject({ code: 0, err: 'There are none.\n' });
  expect(await local({ WEIR_URL: gateway.url })).toMatchObject({ code: 0 });
  await writeFile(join(root, 'weir.env'), 'WEIR_ADMIN_KEY=one-that-the-operator-has-set\n');
  expect((await local()).err).toContain('It came from weir.env (WEIR_ADMIN_KEY)');
});

test('an admin key is no argument, and the address of a gateway holds none', async () => {
  expect((await weir(['login', '--admin-key', adminKey], home)).err).not.toContain(adminKey);
  const withKey = await list(['--url', `https://user:${adminKey}@example.com`]);
  expect(withKey.code).toBe(2);
  expect(withKey.err).not.toContain(adminKey);
});
