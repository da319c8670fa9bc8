import {
  createOrganisation,
  deleteOrganisation,
  listOrganisations,
  readOrganisation,
  updateOrganisation,
} from '@weir/contracts/admin/organisations';
import { createAdminKey, deleteAdminKey } from '@weir/contracts/admin/admin-keys';
import { deleteCredential } from '@weir/contracts/admin/credentials';
import { createTeam, deleteTeam, listTeams, readTeam, updateTeam } from '@weir/contracts/admin/teams';
import { createUser, deleteUser, listUsers, readUser, updateUser } from '@weir/contracts/admin/users';
import { createKey, deleteKey, listKeys, readKey, revokeKey } from '@weir/contracts/admin/virtual-keys';
import { tenants, verifyKey } from '@weir/contracts/keys/verification';
import type { Store } from '@weir/service-kit/bus/store';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CredentialAdmin } from './credential-admin.ts';
import { startKeys, startServers, TestAdmin } from './harness.ts';

let servers: Awaited<ReturnType<typeof startServers>>;
let service: Awaited<ReturnType<typeof startKeys>>;
let admin: TestAdmin;
let store: Store<typeof tenants>;

beforeAll(async () => {
  servers = await startServers();
  service = await startKeys({ nats: servers.nats, databaseUrl: servers.postgres.url });
  admin = new TestAdmin(service.bus);
  store = await service.bus.store(tenants);
});

afterAll(async () => {
  await service.stop();
  await servers.close();
});

let made = 0;
const newOrganisation = (fields: { id?: string } = {}) =>
  admin.ask(createOrganisation, { id: `org-${++made}`, name: 'Acme', ...fields });

const inTwoOrganisations = async () => {
  const [own, other] = [await newOrganisation(), await newOrganisation()];
  return { own: own.id, other: other.id, actor: { organisation: own.id } };
};

test('what is made of an organisation is read again, listed, and in the bucket', async () => {
  const asked = { id: 'acme', name: 'Acme', allowed_models: ['gpt-5*'], time_zone: 'Asia/Ho_Chi_Minh' };
  const organisation = await admin.ask(createOrganisation, asked);
  expect(organisation).toMatchObject({ ...asked, status: 'active', revision: 1, inline_configs: true });
  expect(await admin.ask(readOrganisation, { id: 'acme' })).toEqual(organisation);
  expect(await admin.ask(listOrganisations, {})).toMatchObject({
    data: expect.arrayContaining([organisation]) as unknown,
  });
  expect(store.get('organisation.acme')?.value).toEqual({
    suspended: false,
    access: { models: ['gpt-5*'], inlineConfigs: true },
    timeZone: 'Asia/Ho_Chi_Minh',
    guardrailPolicy: 'report',
  });
  await admin.ask(updateOrganisation, { id: 'acme', time_zone: 'Europe/Berlin' });
  expect(store.get('organisation.acme')?.value.timeZone).toBe('Europe/Berlin');
  await admin.ask(updateOrganisation, { id: 'acme', guardrail_policy: 'strict' });
  expect(store.get('organisation.acme')?.value.guardrailPolicy).toBe('strict');
});

test('teams and users have the days of their organisation, and none of their own', async () => {
  const team = await admin.ask(createTeam, { name: 'zoneless' });
  const user = await admin.ask(createUser, { name: 'Zoneless' });
  for (const id of [`team.${team.id}`, `user.${user.id}`])
    expect(store.get(id)?.value).toEqual({ suspended: false, organisation: 'default' });
});

test('an id is made where none is given, and none is given twice, not even that of a deleted organisation', async () => {
  const { id } = await admin.ask(createOrganisation, { name: 'Acme' });
  const again = { code: 'already_exists', details: { param: 'id' } };
  await expect(admin.ask(createOrganisation, { id, name: 'Other' })).rejects.toMatchObject(again);
  await admin.ask(deleteOrganisation, { id });
  await expect(admin.ask(createOrganisation, { id, name: 'Other' })).rejects.toMatchObject(again);
  await expect(admin.ask(readOrganisation, { id })).rejects.toMatchObject({ code: 'not_found' });
});

test('a list is read page by page, each team once', async () => {
  const { id } = await newOrganisation();
  const actor = { organisation: id };
  for (const name of ['a', 'b', 'c', 'd', 'e']) await admin.ask(createTeam, { name }, actor);
  const names: string[] = [];
  let after: string | null | undefined;
  do {
    const page = await admin.ask(listTeams, { limit: 2, ...(after && { after }) }, actor);
    names.push(...page.data.map(({ name }) => name));
    expect(page.has_more).toBe(page.next !== null);
    after = page.next;
  } while (after !== null);
  expect(names).toEqual(['a', 'b', 'c', 'd', 'e']);
});

describe('a change', () => {
  test('is of the given fields alone; null takes a value away', async () => {
    const user = await admin.ask(createUser, { name: 'Ana', email: 'ana@example.com' });
    const renamed = await admin.ask(updateUser, { id: user.id, name: 'Anna' });
    expect(renamed).toMatchObject({ name: 'Anna', email: 'ana@example.com', revision: 2 });
    const cleared = await admin.ask(updateUser, { id: user.id, email: null });
    expect(cleared).toMatchObject({ name: 'Anna', email: null, revision: 3 });
    expect(await admin.ask(readUser, { id: user.id })).toEqual(cleared);
  });

  test('of a revision that is no longer there is refused', async () => {
    const { id, revision } = await admin.ask(createTeam, { name: 'revised' });
    await admin.ask(updateTeam, { id, name: 'revised once', expectedRevision: revision });
    const conflict = { code: 'revision_conflict' };
    for (const expectedRevision of [revision, 'none'] as const) {
      await expect(admin.ask(updateTeam, { id, name: 'again', expectedRevision })).rejects.toMatchObject(
        conflict,
      );
      await expect(admin.ask(deleteTeam, { id, expectedRevision })).rejects.toMatchObject(conflict);
    }
    expect(await admin.ask(updateTeam, { id, name: 'again', expectedRevision: 'any' })).toMatchObject({
      name: 'again',
    });
  });

  test('of two at once, each is made: none is lost', async () => {
    const { id } = await admin.ask(createUser, { name: 'Both' });
    await Promise.all([
      admin.ask(updateUser, { id, name: 'Renamed' }),
      admin.ask(updateUser, { id, email: 'both@example.com' }),
      admin.ask(updateUser, { id, status: 'suspended' }),
    ]);
    expect(await admin.ask(readUser, { id })).toMatchObject({
      name: 'Renamed',
      email: 'both@example.com',
      status: 'suspended',
      revision: 4,
    });
  });
});

test('a name is given once in an organisation, and as often as one likes in others', async () => {
  const { own, other } = await inTwoOrganisations();
  await admin.ask(createTeam, { name: 'search', organisation_id: own });
  await admin.ask(createTeam, { name: 'search', organisation_id: other });
  await expect(admin.ask(createTeam, { name: 'search', organisation_id: own })).rejects.toMatchObject({
    code: 'already_exists',
    details: { param: 'name' },
  });
  await admin.ask(createUser, { name: 'Ana', email: 'ana@example.com', organisation_id: own });
  await expect(
    admin.ask(createUser, { name: 'Ana', email: 'ANA@example.com', organisation_id: own }),
  ).rejects.toMatchObject({ code: 'already_exists', details: { param: 'email' } });
});

test('what is made for an organisation that is not there is refused, and no failure of ours', async () => {
  const fault = { code: 'not_found', details: { param: 'organisation_id' } };
  await expect(admin.ask(createTeam, { name: 'x', organisation_id: 'nowhere' })).rejects.toMatchObject(fault);
  await expect(admin.ask(createUser, { name: 'x', organisation_id: 'nowhere' })).rejects.toMatchObject(fault);
});

describe('an admin of one organisation', () => {
  test('sees and changes that one alone', async () => {
    const { own, other, actor } = await inTwoOrganisations();
    const team = await admin.ask(createTeam, { name: 'theirs', organisation_id: other });
    const user = await admin.ask(createUser, { name: 'Theirs', organisation_id: other });
    const outcomes = await Promise.allSettled([
      admin.ask(readOrganisation, { id: other }, actor),
      admin.ask(updateOrganisation, { id: other, name: 'mine' }, actor),
      admin.ask(deleteOrganisation, { id: other }, actor),
      admin.ask(readTeam, { id: team.id }, actor),
      admin.ask(updateTeam, { id: team.id, name: 'mine' }, actor),
      admin.ask(deleteTeam, { id: team.id }, actor),
      admin.ask(createTeam, { name: 'mine', organisation_id: other }, actor),
      admin.ask(readUser, { id: user.id }, actor),
      admin.ask(updateUser, { id: user.id, name: 'mine' }, actor),
      admin.ask(deleteUser, { id: user.id }, actor),
      admin.ask(createUser, { name: 'mine', organisation_id: other }, actor),
    ]);
    for (const outcome of outcomes)
      expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'not_found' } });
    const mine = await admin.ask(createTeam, { name: 'mine' }, actor);
    expect(mine.organisation_id).toBe(own);
    expect((await admin.ask(listTeams, {}, actor)).data).toEqual([mine]);
    expect((await admin.ask(listTeams, { organisation_id: other }, actor)).data).toEqual([]);
    expect((await admin.ask(listUsers, { organisation_id: other }, actor)).data).toEqual([]);
    expect((await admin.ask(listOrganisations, {}, actor)).data.map(({ id }) => id)).toEqual([own]);
    expect(await admin.ask(readTeam, { id: team.id })).toEqual(team);
  });

  test('cannot take another organisation for its own by a key of that one', async () => {
    const { own, other, actor } = await inTwoOrganisations();
    const team = await admin.ask(createTeam, { name: 'theirs', organisation_id: other });
    await expect(
      admin.ask(createKey, { name: 'x', team_id: team.id, organisation_id: own }, actor),
    ).rejects.toMatchObject({ code: 'invalid_request', details: { param: 'team_id' } });
  });
});

describe('a deletion', () => {
  test('is refused while something is left, and says what', async () => {
    const { id: organisation_id } = await newOrganisation();
    const team = await admin.ask(createTeam, { name: 'search', organisation_id });
    const user = await admin.ask(createUser, { name: 'Ana', organisation_id });
    const asked = { name: 'k', organisation_id, team_id: team.id, user_id: user.id };
    const keys = [await admin.ask(createKey, asked), await admin.ask(createKey, asked)];
    const refusals = [
      [deleteOrganisation, organisation_id, 'The organisation still has 1 team, 1 user, and 2 live keys.'],
      [deleteTeam, team.id, 'The team still has 2 live keys.'],
      [deleteUser, user.id, 'The user still has 2 live keys.'],
    ] as const;
    for (const [endpoint, id, message] of refusals) {
      await expect(admin.ask(endpoint, { id })).rejects.toMatchObject({
        code: 'in_use',
        message: expect.stringContaining(message) as unknown,
      });
    }
    for (const { id } of keys) await admin.ask(deleteKey, { id });
    expect(await admin.ask(deleteTeam, { id: team.id })).toEqual({ id: team.id, deleted: true });
    await admin.ask(deleteUser, { id: user.id });
    await admin.ask(deleteOrganisation, { id: organisation_id });
    for (const key of [`organisation.${organisation_id}`, `team.${team.id}`, `user.${user.id}`])
      expect(store.get(key)).toBeUndefined();
  });

  test('is not held up by keys that are revoked, which go on to tell whose they were', async () => {
    const { id: organisation_id } = await newOrganisation();
    const team = await admin.ask(createTeam, { name: 'search', organisation_id });
    const key = await admin.ask(createKey, { name: 'k', organisation_id, team_id: team.id });
    await admin.ask(revokeKey, { id: key.id });
    await admin.ask(deleteTeam, { id: team.id });
    expect(await admin.ask(readKey, { id: key.id })).toMatchObject({ team_id: team.id, status: 'revoked' });
    await admin.ask(deleteOrganisation, { id: organisation_id });
    await expect(admin.ask(readKey, { id: key.id })).rejects.toMatchObject({ code: 'not_found' });
    expect((await admin.ask(listKeys, { organisation_id })).data).toEqual([]);
  });

  test('of an organisation waits for its credentials and admin keys too, and not for what is left of deleted ones', async () => {
    const { id: organisation_id } = await newOrganisation();
    const asked = { name: 'k', organisation_id, scopes: ['keys' as const] };
    const adminKey = await admin.ask(createAdminKey, asked);
    const credential = await new CredentialAdmin(service.bus).create({
      ...{ name: 'openai', provider: 'openai', organisation_id, key: 'sk-provider-key' },
    });
    await expect(admin.ask(deleteOrganisation, { id: organisation_id })).rejects.toMatchObject({
      code: 'in_use',
      message: expect.stringContaining('still has 1 credential and 1 admin key') as unknown,
    });
    await admin.ask(deleteAdminKey, { id: adminKey.id });
    await admin.ask(deleteCredential, { id: credential.id });
    await admin.ask(deleteOrganisation, { id: organisation_id });
  });

  test('of the organisation of the first key is refused', async () => {
    await expect(admin.ask(deleteOrganisation, { id: 'default' })).rejects.toMatchObject({ code: 'in_use' });
  });

  test('that races with keys that are made for it ends with a key or without the team, and never with both', async () => {
    for (let round = 0; round < 10; round++) {
      const team = await admin.ask(createTeam, { name: `race ${round}` });
      const [deleted, key] = await Promise.allSettled([
        admin.ask(deleteTeam, { id: team.id }),
        admin.ask(createKey, { name: 'k', team_id: team.id }),
      ]);
      expect([deleted.status, key.status].sort()).toEqual(['fulfilled', 'rejected']);
      const [refused] = [deleted, key].filter((outcome) => outcome.status === 'rejected');
      expect(refused?.reason).toMatchObject({
        code: deleted.status === 'rejected' ? 'in_use' : 'invalid_request',
      });
    }
  });
});

test('a suspended tenant suspends each of its keys in under a second, and only while it is', async () => {
  const { id: organisation_id } = await newOrganisation();
  const team = await admin.ask(createTeam, { name: 'search', organisation_id });
  const user = await admin.ask(createUser, { name: 'Ana', organisation_id });
  const { id: keyId } = await admin.ask(createKey, {
    ...{ name: 'k', organisation_id, team_id: team.id, user_id: user.id },
  });
  const cases = [
    [updateOrganisation, 'organisation', organisation_id],
    [updateTeam, 'team', team.id],
    [updateUser, 'user', user.id],
  ] as const;
  for (const [endpoint, kind, id] of cases) {
    const startedAtMs = performance.now();
    await admin.ask(endpoint, { id, status: 'suspended' });
    expect(store.get(`${kind}.${id}`)?.value.suspended).toBe(true);
    expect(performance.now() - startedAtMs).toBeLessThan(1_000);
    expect(await admin.ask(verifyKey, { keyId })).toEqual({ key: null, policies: [] });
    await admin.ask(endpoint, { id, status: 'active' });
    expect(store.get(`${kind}.${id}`)?.value.suspended).toBe(false);
    expect(await admin.ask(verifyKey, { keyId })).toMatchObject({ key: { caller: { keyId } } });
  }
});

test('an organisation that is asked for twice under one idempotency key is made once', async () => {
  const ask = () => admin.ask(createOrganisation, { name: 'Once', idempotencyKey: 'organisation' });
  const [first, second] = [await ask(), await ask()];
  expect(second).toEqual(first);
});
