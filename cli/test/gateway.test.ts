import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Gateway, startGateway, testAdminKey } from '@weir/testkit/gateway';
import { type FakeProvider, startFakeProvider } from '@weir/testkit/providers/fake-provider';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { weir } from './weir-process.ts';

let provider: FakeProvider;
let gateway: Gateway;
let folder: string;
beforeAll(async () => {
  provider = await startFakeProvider();
  gateway = await startGateway({
    router: { OPENAI_API_KEY: 'sk-of-the-environment', OPENAI_BASE_URL: `${provider.url}/v1` },
    guardrails: {},
    cache: {},
  });
  folder = await mkdtemp(join(tmpdir(), 'weir-cli-'));
});
afterAll(async () => {
  await gateway.close();
  await provider.close();
  await rm(folder, { recursive: true });
});

/** What a command says that does what it was asked, as JSON where that was asked for. */
async function done(args: string, input?: string): Promise<string> {
  const environment = { WEIR_URL: gateway.url, WEIR_ADMIN_KEY: testAdminKey };
  const { code, err, out } = await weir(args.split(' '), environment, input);
  expect({ args, code, err: code === 0 ? '' : err }).toEqual({ args, code: 0, err: '' });
  return out.trimEnd();
}

const json = async (args: string): Promise<unknown> => JSON.parse(await done(`${args} --json`));

async function statusOf(key: string): Promise<number> {
  const { status } = await fetch(`${gateway.baseUrl}/models`, {
    headers: { authorization: `Bearer ${key}` },
  });
  return status;
}

test('organisations, teams and users are made, changed, suspended and deleted', async () => {
  await done('org create --id acme --name Acme --time-zone Asia/Ho_Chi_Minh --allowed-models gpt-*');
  const team = (await json('teams create --name Search --organisation acme')) as { id: string };
  const user = (await json('users create --name Lan --email lan@example.com --organisation acme')) as {
    id: string;
  };
  await done(`users update ${user.id} --email none --if-revision 1`);
  expect(await json(`users show ${user.id}`)).toMatchObject({ email: null, organisation_id: 'acme' });
  const key = await done(`keys create --name search --organisation acme --team ${team.id} --user ${user.id}`);
  expect(await statusOf(key)).toBe(200);
  await done(`teams suspend ${team.id} --yes`);
  expect(await statusOf(key)).toBe(401);
  await done(`teams resume ${team.id}`);
  expect(await statusOf(key)).toBe(200);
  expect(await done('org list')).toMatch(/^acme +Acme +active +Asia\/Ho_Chi_Minh +report +gpt-\*/m);
  await done(`keys delete ${key.slice(8, 16)} --yes`);
  await done(`teams delete ${team.id} --yes`);
  await done(`users delete ${user.id} --yes`);
  expect(await done('org delete acme --yes')).toBe('deleted acme');
});

test('a key is made, rotated with grace and without, and revoked', async () => {
  const first = await done('keys create --name checkout --expires 30d --metadata plan=pro --tags web,prod');
  const id = first.slice(8, 16);
  expect(await json(`keys show ${id}`)).toMatchObject({ metadata: { plan: 'pro' }, tags: ['web', 'prod'] });
  const second = await done(`keys rotate ${id} --grace 1h`);
  expect([await statusOf(first), await statusOf(second)]).toEqual([200, 200]);
  const third = await done(`keys rotate ${id} --grace 0 --yes`);
  expect([await statusOf(second), await statusOf(third)]).toEqual([401, 200]);
  await done(`keys revoke ${id} --yes`);
  expect(await statusOf(third)).toBe(401);
  expect(await done('keys list --tag web')).toMatch(new RegExp(`^${id} +checkout .* revoked `, 'm'));
});

test('what is repeated with the same idempotency key makes one key', async () => {
  const create = 'keys create --name once --idempotency-key of-this-test';
  expect(await done(create)).toBe(await done(create));
});

test('a file of keys becomes keys that are accepted', async () => {
  const [file, output] = [join(folder, 'keys.csv'), join(folder, 'made.csv')];
  await writeFile(file, 'name,tags\n"one, first",a\ntwo,\n');
  await done(`keys import ${file} --dry-run`);
  await done(`keys import ${file} --output ${output}`);
  const [, one = '', two = ''] = (await readFile(output, 'utf8')).split('\n');
  for (const line of [one, two]) expect(await statusOf(line.slice(line.lastIndexOf(',') + 1))).toBe(200);
});

test("a provider's key is stored, replaced, checked and deleted", async () => {
  const made = await done('credentials create --name main --provider openai --json', 'sk-a-real-key-1111\n');
  const { id } = JSON.parse(made) as { id: string };
  await done(`credentials update ${id} --replace-key`, 'sk-a-real-key-2222\n');
  expect(await done('credentials list')).toMatch(
    new RegExp(`^${id} +main +openai +- +yes +stored +- +2222`, 'm'),
  );
  expect(await json(`credentials check ${id}`)).toMatchObject({ id, provider: 'openai' });
  await done(`credentials delete ${id} --yes`);
});

test('a config is written, changed where nobody was quicker, rolled back and tried', async () => {
  const set = 'configs set cheap -';
  await done(`${set} --if-revision none`, '{"provider":"openai"}');
  const { revision } = (await json('configs show cheap')) as { revision: number };
  await done(`${set} --if-revision ${revision}`, '{"provider":"openai","retry":{"attempts":2}}');
  const refused = await weir(
    [...set.split(' '), '--if-revision', String(revision)],
    { WEIR_URL: gateway.url, WEIR_ADMIN_KEY: testAdminKey },
    '{}',
  );
  expect(refused).toMatchObject({ code: 1 });
  expect(refused.err).toContain('Read it again: weir configs show cheap');
  await done(`configs rollback cheap ${revision}`);
  expect(JSON.parse(await done('configs show cheap'))).toEqual({ provider: 'openai' });
  expect((await done('configs revisions cheap')).split('\n')).toHaveLength(4);
  expect(await done('configs dry-run cheap --model gpt-5-mini')).toContain('openai');
  expect(await done('configs delete cheap --yes')).toBe('deleted cheap');
});

test('an admin key is made for one organisation, may do what its scopes say, and is deleted', async () => {
  const key = await done('admin-keys create --name ci --scopes keys,read --organisation default');
  const environment = { WEIR_URL: gateway.url, WEIR_CONFIG_DIR: folder };
  expect((await weir(['login'], environment, key)).code).toBe(0);
  expect((await weir(['keys', 'list'], environment)).code).toBe(0);
  const refused = await weir(['status'], environment);
  expect(refused.code).toBe(1);
  expect(refused.err).toContain('is not confined to one organisation');
  await done(`admin-keys delete ${key.slice(11, 19)} --yes`);
  const { err } = await weir(['keys', 'list'], environment);
  expect(err).toContain('It came from profile default');
});

test('what was changed is in the audit log, which is intact', async () => {
  expect(await done('audit list --action key.create --limit 3')).toContain('key.create');
  const anchor = await done('audit verify');
  expect(anchor).toMatch(/^\d+:[0-9a-f]{64}$/);
  await done(`audit verify --anchor ${anchor}`);
  expect(await done('status')).toContain('keys');
});
