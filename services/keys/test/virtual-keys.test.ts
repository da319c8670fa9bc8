import { createOrganisation } from '@weir/contracts/admin/organisations';
import { createTeam } from '@weir/contracts/admin/teams';
import {
  createKey,
  deleteKey,
  listKeys,
  readKey,
  revokeKey,
  rotateKey,
  updateKey,
} from '@weir/contracts/admin/virtual-keys';
import { verifyKey, virtualKeys } from '@weir/contracts/keys/verification';
import type { Store } from '@weir/service-kit/bus/store';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startKeys, startServers, TestAdmin } from './harness.ts';

let servers: Awaited<ReturnType<typeof startServers>>;
let service: Awaited<ReturnType<typeof startKeys>>;
let admin: TestAdmin;
let store: Store<typeof virtualKeys>;

beforeAll(async () => {
  servers = await startServers();
  service = await startKeys({ nats: servers.nats, databaseUrl: servers.postgres.url });
  admin = new TestAdmin(service.bus);
  store = await service.bus.store(virtualKeys);
});

afterAll(async () => {
  await service.stop();
  await servers.close();
});

test('a key is shown to whoever made it, and is in the bucket before they hear of it', async () => {
  const made = await admin.ask(createKey, { name: 'checkout', tags: ['web'] });
  const key = admin.open(made.key);
  expect(key).toMatch(new RegExp(`^sk-weir-${made.id}-[\\w-]{43}$`));
  expect(made).toMatchObject({ organisation_id: 'default', prefix: `sk-weir-${made.id}`, status: 'active' });
  const record = store.get(made.id)?.value;
  expect(record).toMatchObject({ organisation: 'default', caller: { keyId: made.id, tags: ['web'] } });
  expect(made.budget_scopes).toEqual(['organisation/default', `key/${made.id}`, 'tag/default/web']);
  expect(await admin.ask(verifyKey, { keyId: made.id })).toMatchObject({ key: record });
  expect(JSON.stringify(record)).not.toContain(key.slice(-43));
});

test('a key is never shown again, but by its beginning and its last four characters', async () => {
  const { key: sealed, ...made } = await admin.ask(createKey, { name: 'shown once' });
  const key = admin.open(sealed);
  const read = await admin.ask(readKey, { id: made.id });
  expect(read).toEqual(made);
  expect(read.secrets).toMatchObject([{ last_four: key.slice(-4), valid_until: null }]);
  expect(JSON.stringify(read)).not.toContain(key.slice(17));
});

test('a key that can do nothing that is not granted is what one gets without saying more', async () => {
  const { id } = await admin.ask(createKey, { name: 'plain' });
  expect(store.get(id)?.value.access).toEqual({ configs: [], inlineConfigs: false, customHosts: [] });
});

describe('a request that is sent again with its idempotency key', () => {
  test('makes no second key, and shows the same one to whoever asks', async () => {
    const ask = (name: string) => admin.ask(createKey, { name, idempotencyKey: 'once' });
    const [first, second] = await Promise.all([ask('one'), ask('one')]);
    expect(second.id).toBe(first.id);
    expect(admin.open(second.key)).toBe(admin.open(first.key));
    expect(second.key).not.toBe(first.key);
    await expect(ask('another')).rejects.toMatchObject({ code: 'idempotency_conflict' });
  });

  test('rotates a key once', async () => {
    const { id } = await admin.ask(createKey, { name: 'rotated once' });
    const ask = () => admin.ask(rotateKey, { id, idempotencyKey: 'rotate' });
    const [first, second] = [await ask(), await ask()];
    expect(admin.open(second.key)).toBe(admin.open(first.key));
    expect((await admin.ask(readKey, { id })).secrets).toHaveLength(2);
  });
});

describe('a key is refused', () => {
  const refusals = {
    expires_at: { expires_at: '2020-01-01T00:00:00Z' },
    team_id: { team_id: 'no-such-team' },
    user_id: { user_id: 'no-such-user' },
  };
  test.each(Object.entries(refusals))('that has a wrong %s, which is named', async (param, fields) => {
    await expect(admin.ask(createKey, { name: 'x', ...fields })).rejects.toMatchObject({
      code: 'invalid_request',
      details: { param },
    });
  });

  test('for an organisation that is not there', async () => {
    await expect(admin.ask(createKey, { name: 'x', organisation_id: 'nowhere' })).rejects.toMatchObject({
      code: 'not_found',
      details: { param: 'organisation_id' },
    });
  });

  test.each(['https://llm.example.com', 'llm.example.com/v1', 'a b', 'user@host', 'host:port'])(
    'that has the custom host %s, which is none',
    (host) => {
      const { success } = createKey.request.safeParse({ name: 'x', custom_hosts: [host] });
      expect(success).toBe(false);
    },
  );

  test.each(['llm.example.com', '*.Example.com:8443', '*', '10.0.0.1:*', '[::1]:8080', 'localhost'])(
    'but not where its custom host is %s',
    (host) => {
      const { data } = createKey.request.safeParse({ name: 'x', custom_hosts: [host] });
      expect(data?.custom_hosts).toEqual([host.toLowerCase()]);
    },
  );
});

describe('an update', () => {
  test('is of the given fields alone, holds at once in the bucket, and null takes a value away', async () => {
    const team = await admin.ask(createTeam, { name: 'search' });
    const made = await admin.ask(createKey, {
      ...{ name: 'k', team_id: team.id, tags: ['a'], config: 'careful', allowed_models: ['gpt-*'] },
      ...{ metadata: { app: 'web' }, expires_at: '2100-01-01T00:00:00Z' },
    });
    const before = await admin.ask(readKey, { id: made.id });
    const after = await admin.ask(updateKey, { id: made.id, config: null, allowed_models: ['claude-*'] });
    expect(after).toEqual({
      ...{ ...before, config: null, allowed_models: ['claude-*'], revision: 2, updated_at: after.updated_at },
    });
    expect(store.get(made.id)?.value).toMatchObject({
      access: { models: ['claude-*'] },
      caller: { teamId: team.id, tags: ['a'] },
      metadata: { app: 'web' },
    });
    const cleared = { team_id: null, expires_at: null, allowed_models: null, metadata: {}, tags: [] };
    expect(await admin.ask(updateKey, { id: made.id, ...cleared })).toMatchObject(cleared);
    const { value } = store.get(made.id) ?? {};
    expect(value).not.toMatchObject({ access: { models: expect.anything() as unknown } });
    expect(value?.caller).toEqual({ keyId: made.id });
    expect(value?.expiresAtMs).toBeUndefined();
  });

  test('to an unknown team is refused, and nothing of it is done', async () => {
    const { id } = await admin.ask(createKey, { name: 'k' });
    await expect(admin.ask(updateKey, { id, name: 'n', team_id: 'nowhere' })).rejects.toMatchObject({
      code: 'invalid_request',
      details: { param: 'team_id' },
    });
    expect(await admin.ask(readKey, { id })).toMatchObject({ name: 'k', revision: 1 });
  });

  test('of a revision that is no longer there is refused, whatever it would do', async () => {
    const { id, revision } = await admin.ask(createKey, { name: 'k' });
    await admin.ask(updateKey, { id, name: 'n', expectedRevision: revision });
    const asked = { id, expectedRevision: revision };
    for (const endpoint of [updateKey, rotateKey, revokeKey, deleteKey])
      await expect(admin.ask(endpoint, asked)).rejects.toMatchObject({ code: 'revision_conflict' });
  });
});

describe('a list', () => {
  test('has what is asked for: by organisation, team, tag and status', async () => {
    await admin.ask(createOrganisation, { id: 'listed', name: 'Listed' });
    const actor = { organisation: 'listed' };
    const { id: team_id } = await admin.ask(createTeam, { name: 'search' }, actor);
    const make = (name: string, fields: object = {}) => admin.ask(createKey, { name, ...fields }, actor);
    const plain = await make('plain');
    const tagged = await make('tagged', { tags: ['web', 'eu'], team_id });
    const revoked = await make('revoked', { team_id });
    const expired = await make('expired', { tags: ['eu'] });
    const deleted = await make('deleted');
    await admin.ask(revokeKey, { id: revoked.id });
    await admin.ask(updateKey, { id: expired.id, expires_at: '2020-01-01T00:00:00Z' });
    await admin.ask(deleteKey, { id: deleted.id });
    const list = async (filter: object) =>
      (await admin.ask(listKeys, { organisation_id: 'listed', ...filter })).data
        .map(({ name }) => name)
        .sort();
    expect(await list({})).toEqual(['expired', 'plain', 'revoked', 'tagged']);
    expect(await list({ team_id })).toEqual(['revoked', 'tagged']);
    expect(await list({ tag: 'eu' })).toEqual(['expired', 'tagged']);
    expect(await list({ status: 'active' })).toEqual(['plain', 'tagged']);
    expect(await list({ status: 'expired' })).toEqual(['expired']);
    expect(await list({ status: 'revoked', team_id })).toEqual(['revoked']);
    expect(await list({ user_id: 'nobody' })).toEqual([]);
    const first = await admin.ask(listKeys, { limit: 3 }, actor);
    const second = await admin.ask(listKeys, { limit: 3, after: first.next ?? '' }, actor);
    expect([first.has_more, second.has_more, second.next]).toEqual([true, false, null]);
    const ids = [...first.data, ...second.data].map(({ id }) => id);
    expect(ids).toEqual([plain, tagged, revoked, expired].map(({ id }) => id).sort());
  });
});

test('an admin of one organisation neither sees nor changes the keys of another', async () => {
  await admin.ask(createOrganisation, { id: 'inside', name: 'Inside' });
  const { id } = await admin.ask(createKey, { name: 'outside' });
  const actor = { organisation: 'inside' };
  const outcomes = await Promise.allSettled([
    admin.ask(readKey, { id }, actor),
    admin.ask(updateKey, { id, name: 'mine' }, actor),
    admin.ask(rotateKey, { id }, actor),
    admin.ask(revokeKey, { id }, actor),
    admin.ask(deleteKey, { id }, actor),
    admin.ask(createKey, { name: 'x', organisation_id: 'default' }, actor),
  ]);
  for (const outcome of outcomes)
    expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'not_found' } });
  expect((await admin.ask(listKeys, { organisation_id: 'default' }, actor)).data).toEqual([]);
  expect((await admin.ask(createKey, { name: 'x' }, actor)).organisation_id).toBe('inside');
  expect(await admin.ask(readKey, { id })).toMatchObject({ name: 'outside', revision: 1 });
});

test('what is said of a key is the same as what is said of one that never was', async () => {
  const { id } = await admin.ask(createKey, { name: 'gone' });
  await admin.ask(deleteKey, { id });
  const unknown = await admin.ask(verifyKey, { keyId: 'zzzzzzzz' });
  expect(await admin.ask(verifyKey, { keyId: id })).toEqual(unknown);
  const revoked = await admin.ask(createKey, { name: 'revoked' });
  await admin.ask(revokeKey, { id: revoked.id });
  expect(await admin.ask(verifyKey, { keyId: revoked.id })).toEqual(unknown);
});
