import {
  createCredential,
  deleteCredential,
  listStoredCredentials,
  updateCredential,
} from '@weir/contracts/admin/credentials';
import { getRealKey, providerCredentials } from '@weir/contracts/keys/credentials';
import { createSealingPair, seal } from '@weir/service-kit/crypto/sealed-box';
import { createMetrics } from '@weir/service-kit/metrics';
import { eventually } from '@weir/testkit/eventually';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CredentialAdmin } from './credential-admin.ts';
import { startKeys, startServers } from './harness.ts';
import { openTables } from './test-tables.ts';

let servers: Awaited<ReturnType<typeof startServers>>;
let service: Awaited<ReturnType<typeof startKeys>>;
let tables: Awaited<ReturnType<typeof openTables>>;
let admin: CredentialAdmin;
const metrics = createMetrics('keys');
const ofAcme = { id: 'acmekey1', organisation: 'acme' };

beforeAll(async () => {
  servers = await startServers();
  service = await startKeys({ nats: servers.nats, databaseUrl: servers.postgres.url, metrics });
  tables = await openTables(servers.postgres.url);
  admin = new CredentialAdmin(service.bus);
  await Promise.all(['acme', 'beta'].map((id) => tables.makeOrganisation(id)));
});

afterAll(async () => {
  await tables.close();
  await service.stop();
  await servers.close();
});

const key = 'sk-proj-0123456789abcdefWXYZ';

test('a stored key is handed to a router as it was given, and is in the bucket before its admin hears of it', async () => {
  const made = await admin.create({ name: 'main', provider: 'openai', key });
  expect(made).toMatchObject({
    ...{
      name: 'main',
      provider: 'openai',
      organisation_id: null,
      enabled: true,
      last_four: 'WXYZ',
      revision: 1,
    },
  });
  const store = await service.bus.store(providerCredentials);
  const record = store.get(made.id)?.value;
  expect(record).toMatchObject({
    name: 'main',
    provider: 'openai',
    enabled: true,
    version: 1,
    lastFour: 'WXYZ',
  });
  expect(record).not.toHaveProperty('organisation');
  expect(record?.token).toMatch(/^gAAAAA/);
  expect(await admin.realKey(made.id)).toEqual({ key, version: 1 });
});

test('a key that is replaced has another version, and a rename or a switch has not', async () => {
  const { id } = await admin.create({ name: 'replaced', provider: 'openai', key });
  const update = (change: object) => admin.ask(updateCredential, { id, ...change });
  expect(await update({ name: 'renamed' })).toMatchObject({ name: 'renamed', revision: 2 });
  expect(await admin.realKey(id)).toEqual({ key, version: 1 });
  const sealedApiKey = await admin.seal('sk-another-key-5678');
  expect(await update({ sealedApiKey })).toMatchObject({ last_four: '5678', revision: 3 });
  expect(await admin.realKey(id)).toEqual({ key: 'sk-another-key-5678', version: 2 });
  await update({ enabled: false });
  await expect(admin.realKey(id)).rejects.toMatchObject({ code: 'not_found' });
  await update({ enabled: true });
  expect(await admin.realKey(id)).toEqual({ key: 'sk-another-key-5678', version: 2 });
});

test('nothing is left of a credential that is deleted', async () => {
  const { id } = await admin.create({ name: 'deleted', provider: 'openai', key });
  expect(await admin.ask(deleteCredential, { id })).toEqual({ id, deleted: true });
  const store = await service.bus.store(providerCredentials);
  expect(store.get(id)).toBeUndefined();
  expect(await tables.sql('select id from provider_keys where id = $1', id)).toEqual([]);
  await expect(admin.realKey(id)).rejects.toMatchObject({ code: 'not_found' });
  await expect(admin.ask(deleteCredential, { id })).rejects.toMatchObject({ code: 'not_found' });
  await expect(admin.ask(updateCredential, { id, enabled: true })).rejects.toMatchObject({
    code: 'not_found',
  });
});

test('names are taken once an organisation, and once among the shared', async () => {
  const named = { name: 'taken', provider: 'openai', key };
  await admin.create(named);
  await admin.create(named, ofAcme);
  await admin.create({ ...named, organisation_id: 'beta' });
  const taken = { code: 'already_exists' };
  await expect(admin.create(named)).rejects.toMatchObject(taken);
  await expect(admin.create({ ...named, organisation_id: 'acme' })).rejects.toMatchObject(taken);
  const { id } = await admin.create({ ...named, name: 'free' });
  await expect(admin.ask(updateCredential, { id, name: 'taken' })).rejects.toMatchObject(taken);
});

test('an admin of one organisation sees and changes its own credentials alone, and makes no shared one', async () => {
  const make = (organisation_id: string | null) =>
    admin.create({ name: 'reach', provider: 'reach', key, organisation_id });
  const [shared, acme, beta] = [await make(null), await make('acme'), await make('beta')];
  const list = async (data: object, actor = {}) => {
    const { data: found } = await admin.ask(listStoredCredentials, { provider: 'reach', ...data }, actor);
    return found.map(({ id }) => id);
  };
  expect(await list({})).toEqual([shared.id, acme.id, beta.id]);
  expect(await list({ organisation_id: 'beta' })).toEqual([beta.id]);
  expect(await list({}, ofAcme)).toEqual([acme.id]);
  expect(await list({ organisation_id: 'beta' }, ofAcme)).toEqual([]);
  for (const { id } of [shared, beta]) {
    const foreign = { code: 'not_found' };
    await expect(admin.ask(updateCredential, { id, enabled: false }, ofAcme)).rejects.toMatchObject(foreign);
    await expect(admin.ask(deleteCredential, { id }, ofAcme)).rejects.toMatchObject(foreign);
  }
  expect(await admin.ask(updateCredential, { id: acme.id, enabled: false }, ofAcme)).toMatchObject({
    enabled: false,
  });
  const asAcme = (organisation_id: string | null) =>
    admin.create({ name: 'more', provider: 'reach', key, organisation_id }, ofAcme);
  await expect(asAcme(null)).rejects.toMatchObject({ code: 'insufficient_scope' });
  await expect(asAcme('beta')).rejects.toMatchObject({ code: 'not_found' });
  await expect(asAcme('nobody')).rejects.toMatchObject({ code: 'not_found' });
  expect(await admin.create({ name: 'own', provider: 'reach', key }, ofAcme)).toMatchObject({
    organisation_id: 'acme',
  });
  await expect(
    admin.create({ name: 'of-nobody', provider: 'reach', key, organisation_id: 'nobody' }),
  ).rejects.toMatchObject({ code: 'not_found' });
});

test('a change that expects another revision is refused', async () => {
  const { id } = await admin.create({ name: 'revised', provider: 'openai', key });
  const update = (expectedRevision: number | 'any' | 'none') =>
    admin.ask(updateCredential, { id, enabled: true, expectedRevision });
  for (const expected of [2, 'none'] as const)
    await expect(update(expected)).rejects.toMatchObject({ code: 'revision_conflict' });
  expect(await update(1)).toMatchObject({ revision: 2 });
  expect(await update('any')).toMatchObject({ revision: 3 });
  await expect(admin.ask(deleteCredential, { id, expectedRevision: 2 })).rejects.toMatchObject({
    code: 'revision_conflict',
  });
});

test('a request that is sent again stores one credential, though its key is sealed anew', async () => {
  const ask = (given: string) =>
    admin.create({ name: 'once', provider: 'openai', key: given, idempotencyKey: 'store-once' });
  const [first, second] = [await ask(key), await ask(key)];
  expect(second).toEqual(first);
  await expect(ask(`${key}0`)).rejects.toMatchObject({ code: 'idempotency_conflict' });
});

test('a list is read page by page, in the order in which it grew', async () => {
  const made = [];
  for (const name of ['p1', 'p2', 'p3', 'p4', 'p5'])
    made.push((await admin.create({ name, provider: 'paged', key })).id);
  const found: string[] = [];
  for (let after: string | undefined; ;) {
    const request = { provider: 'paged', limit: 2, ...(after !== undefined && { after }) };
    const page = await admin.ask(listStoredCredentials, request);
    expect(page.has_more).toBe(page.next !== null);
    found.push(...page.data.map(({ id }) => id));
    if (page.next === null) break;
    after = page.next;
  }
  expect(found).toEqual(made);
});

test('of a short key nothing is shown', async () => {
  expect(await admin.create({ name: 'short', provider: 'openai', key: 'sk-1234' })).toMatchObject({
    last_four: '****',
  });
});

test('what cannot be a key is refused, and not repeated', async () => {
  const ask = (sealedApiKey: string) =>
    admin.ask(createCredential, { name: 'wrong', provider: 'openai', sealedApiKey });
  for (const wrong of ['sk with space', 'sk-é', '', 'x'.repeat(4097), 7, null, { key }]) {
    const refused = await ask(await admin.seal(wrong)).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(refused).toMatchObject({ code: 'invalid_request', details: { param: 'api_key' } });
    expect(String(refused)).not.toMatch(/sk[ -]/);
  }
  await expect(ask(key)).rejects.toMatchObject({ code: 'invalid_request' });
  const stale = seal('"sk-1"', createSealingPair().publicKey);
  await expect(ask(stale)).rejects.toMatchObject({ code: 'stale_sealing_key' });
  const { id } = await admin.create({ name: 'asked', provider: 'openai', key });
  await expect(admin.ask(getRealKey, { credentialId: id, publicKey: 'X' })).rejects.toMatchObject({
    code: 'invalid_request',
  });
});

test('a token in the row of another credential is refused and counted, and the others go on', async () => {
  const mine = await admin.create({ name: 'swap-a', provider: 'openai', key: 'sk-of-credential-a' });
  const theirs = await admin.create({ name: 'swap-b', provider: 'openai', key: 'sk-of-credential-b' });
  const untouched = await admin.create({ name: 'swap-c', provider: 'openai', key });
  await tables.sql(
    'update provider_keys set token = (select token from provider_keys where id = $2) where id = $1',
    mine.id,
    theirs.id,
  );
  await tables.sql("insert into outbox (kind, id) values ('credential', $1)", mine.id);
  const refused = await eventually(async () => {
    const thrown = await admin.realKey(mine.id).catch((fault: unknown) => fault);
    expect(thrown).toMatchObject({
      code: 'internal_error',
      message: expect.stringContaining('swap-a') as string,
    });
    return thrown;
  });
  expect(JSON.stringify(refused)).not.toMatch(/sk-of|gAAAAA/);
  expect(await metrics.expose()).toMatch(
    /weir_keys_unreadable_credentials_total\{reason="other_credential",service="keys"\} [1-9]/,
  );
  expect(await admin.realKey(theirs.id)).toMatchObject({ key: 'sk-of-credential-b' });
  expect(await admin.realKey(untouched.id)).toMatchObject({ key });
  // What the operator is told to do mends it.
  await admin.ask(updateCredential, { id: mine.id, sealedApiKey: await admin.seal('sk-anew-0123') });
  expect(await admin.realKey(mine.id)).toEqual({ key: 'sk-anew-0123', version: 2 });
});
