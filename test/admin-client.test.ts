import type { AdminClient } from '@weir/admin-client/admin-client';
import * as budgets from '@weir/contracts/admin/budgets';
import * as prices from '@weir/contracts/admin/prices';
import { readCostReport, readForecast } from '@weir/contracts/admin/reports';
import { importUsage, listUsage } from '@weir/contracts/admin/usage';
import { adminApi } from '@weir/contracts/admin/admin-api';
import type { AdminEndpoint, InputOf } from '@weir/contracts/admin/admin-endpoint';
import { createAdminKey, deleteAdminKey, listAdminKeys } from '@weir/contracts/admin/admin-keys';
import { listAudit, verifyAudit } from '@weir/contracts/admin/audit';
import * as credentials from '@weir/contracts/admin/credentials';
import * as cache from '@weir/contracts/admin/cache';
import { dryRunGuardrails } from '@weir/contracts/admin/dry-run-guardrails';
import { dryRunRouting } from '@weir/contracts/admin/dry-run-routing';
import { gatewayStatus } from '@weir/contracts/admin/gateway-status';
import * as policies from '@weir/contracts/admin/guardrail-policies';
import * as organisations from '@weir/contracts/admin/organisations';
import * as configs from '@weir/contracts/admin/routing-configs';
import * as teams from '@weir/contracts/admin/teams';
import * as users from '@weir/contracts/admin/users';
import * as keys from '@weir/contracts/admin/virtual-keys';
import type { ReplyOf } from '@weir/contracts/descriptors';
import { eventually } from '@weir/testkit/eventually';
import { startGateway, testKey, type Gateway } from '@weir/testkit/gateway';
import { startFakeProvider, type FakeProvider } from '@weir/testkit/providers/fake-provider';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { adminOf } from './helpers/admin.ts';

let provider: FakeProvider;
let gateway: Gateway;
let admin: AdminClient;
beforeAll(async () => {
  provider = await startFakeProvider();
  gateway = await startGateway({
    router: { OPENAI_API_KEY: 'sk-test', OPENAI_BASE_URL: provider.openaiBaseUrl },
    guardrails: {},
    cache: {},
  });
  admin = adminOf(gateway.url);
});
afterAll(async () => {
  await gateway.close();
  await provider.close();
});

const called = new Set<string>();

/** What comes back is what the contract's schema says: the client parses it. */
function call<E extends AdminEndpoint>(endpoint: E, input: InputOf<E>): Promise<ReplyOf<E>> {
  called.add(endpoint.name);
  return admin.call(endpoint, input);
}

const toModel = (model: string) => ({ provider: 'openai', override_params: { model } });

test('routing configs are written, read, deleted and rolled back, each against the revision that is known', async () => {
  const name = 'by-client';
  const expectedRevision = 'none';
  const { revision } = await call(configs.writeConfig, { name, config: toModel('first'), expectedRevision });
  const stale = call(configs.writeConfig, { name, config: {}, expectedRevision: revision + 1 });
  await expect(stale).rejects.toMatchObject({
    name: 'AdminApiError',
    status: 412,
    code: 'revision_conflict',
  });
  await call(configs.deleteConfig, { name, expectedRevision: revision });
  await call(configs.rollBackConfig, { name, revision });
  expect(await call(configs.readConfig, { name })).toMatchObject({ name, config: toModel('first') });
  const { data } = await call(configs.listConfigRevisions, { name });
  expect(data.map(({ config }) => config)).toEqual([toModel('first'), null, toModel('first')]);
  expect((await call(configs.listConfigs, {})).data).toMatchObject([{ name }]);
  const dryRun = await call(dryRunRouting, { config: toModel('x'), request: { model: 'any' } });
  expect(dryRun).toMatchObject({ config: 'inline', targets: [{ model: 'x' }] });
  expect((await call(gatewayStatus, {})).problems).toEqual([]);
});

test('guardrail policies are kept as configs are, and tried before they hold', async () => {
  const name = 'house';
  const policy = { input: { checks: [{ type: 'pii', action: 'mask' }] } };
  const { revision } = await call(policies.writePolicy, { name, policy, expectedRevision: 'none' });
  const stale = call(policies.writePolicy, { name, policy: {}, expectedRevision: revision + 1 });
  await expect(stale).rejects.toMatchObject({ status: 412, code: 'revision_conflict' });
  const builtIn = call(policies.writePolicy, { name: 'balanced', policy });
  await expect(builtIn).rejects.toMatchObject({ status: 400 });
  await call(policies.deletePolicy, { name, expectedRevision: revision });
  await call(policies.rollBackPolicy, { name, revision });
  expect(await call(policies.readPolicy, { name })).toMatchObject({ name, policy, built_in: false });
  const { data } = await call(policies.listPolicyRevisions, { name });
  expect(data).toMatchObject([{ policy }, { policy: null }, { policy }]);
  const listed = await call(policies.listPolicies, {});
  expect(listed.data.map((one) => one.name)).toEqual(['balanced', 'house', 'off', 'report', 'strict']);
  expect(await call(policies.readPolicy, { name: 'off' })).toMatchObject({ revision: 0, built_in: true });
  const dryRun = await call(dryRunGuardrails, { policy: name, texts: ['Gọi 0912 345 678'] });
  expect(dryRun).toMatchObject({ outcome: 'change', texts: ['Gọi [PHONE_1]'] });
  const inline = await call(dryRunGuardrails, { policy: { input: {} }, texts: ['Gọi 0912 345 678'] });
  expect(inline).toMatchObject({ outcome: 'pass', warnings: ['The policy checks nothing.'] });
});

test('an organisation with a team, a user and a key is made, changed, and deleted once it has nothing left', async () => {
  const id = 'acme';
  const { revision } = await call(organisations.createOrganisation, { id, name: 'Acme' });
  const team = await call(teams.createTeam, { name: 'Search', organisation_id: id });
  const user = await call(users.createUser, { name: 'Ada', email: 'ada@acme.example', organisation_id: id });
  const ownedBy = { organisation_id: id, team_id: team.id, user_id: user.id };
  const key = await call(keys.createKey, { name: 'hers', ...ownedBy, tags: ['search'] });
  expect(await call(keys.readKey, { id: key.id })).toMatchObject({ ...ownedBy, tags: ['search'] });

  await call(organisations.updateOrganisation, { id, name: 'Acme Ltd', expectedRevision: revision });
  await call(teams.updateTeam, { id: team.id, name: 'Find' });
  await call(users.updateUser, { id: user.id, name: 'Ada L.' });
  expect(await call(organisations.readOrganisation, { id })).toMatchObject({ name: 'Acme Ltd' });
  expect(await call(teams.readTeam, { id: team.id })).toMatchObject({ name: 'Find' });
  expect(await call(users.readUser, { id: user.id })).toMatchObject({ name: 'Ada L.' });
  expect((await call(organisations.listOrganisations, {})).data).toHaveLength(2);
  expect((await call(teams.listTeams, { organisation_id: id })).data).toHaveLength(1);
  expect((await call(users.listUsers, { organisation_id: id })).data).toHaveLength(1);

  const inUse = { status: 409, code: 'in_use' };
  await expect(call(organisations.deleteOrganisation, { id })).rejects.toMatchObject(inUse);
  await expect(call(teams.deleteTeam, { id: team.id })).rejects.toMatchObject(inUse);
  await call(keys.revokeKey, { id: key.id });
  await call(keys.deleteKey, { id: key.id });
  await call(users.deleteUser, { id: user.id });
  await call(teams.deleteTeam, { id: team.id });
  expect(await call(organisations.deleteOrganisation, { id })).toEqual({ id, deleted: true });
});

test('keys are changed, rotated, imported and listed, and a repeated request is done once', async () => {
  const once = { name: 'once', idempotencyKey: 'the-same' };
  const { id, key } = await call(keys.createKey, once);
  expect(await call(keys.createKey, once)).toMatchObject({ id, key });
  const another = call(keys.createKey, { ...once, name: 'other' });
  await expect(another).rejects.toMatchObject({ status: 409, code: 'idempotency_conflict' });
  expect(await call(keys.updateKey, { id, name: 'renamed' })).toMatchObject({ name: 'renamed' });
  expect((await call(keys.rotateKey, { id })).key).not.toBe(key);
  const content = '{"name":"one"}\n{"name":"two"}';
  expect((await call(keys.importKeys, { format: 'jsonl', content })).data).toHaveLength(2);
  const names: string[] = [];
  for await (const one of admin.items(keys.listKeys, { limit: 1 })) names.push(one.name);
  expect(names.sort()).toEqual(['first key', 'one', 'renamed', 'two']);
  expect((await call(keys.listKeys, { limit: 2 })).has_more).toBe(true);
});

test('credentials and admin keys are made, listed and deleted, and every change is in the audit log', async () => {
  const stored = { name: 'main', provider: 'openai', api_key: 'sk-stored' };
  const { id } = await call(credentials.createCredential, stored);
  await call(credentials.updateCredential, { id, enabled: false });
  expect(await call(credentials.checkCredential, { id })).toMatchObject({ id, provider: 'openai' });
  expect((await call(credentials.listCredentials, {})).data).toHaveLength(2);
  await call(credentials.deleteCredential, { id });

  const made = await call(createAdminKey, { name: 'reader', scopes: ['read'] });
  expect((await adminOf(gateway.url, made.key).call(organisations.listOrganisations, {})).data).toHaveLength(
    1,
  );
  expect((await call(listAdminKeys, {})).data).toMatchObject([{ id: made.id, name: 'reader' }]);
  await call(deleteAdminKey, { id: made.id });

  const { data } = await call(listAudit, { limit: 500 });
  const ofKeys = adminApi.filter(({ http, service }) => service === 'keys' && http.audit !== undefined);
  expect(data.map(({ action }) => action)).toEqual(
    expect.arrayContaining(ofKeys.map(({ http }) => http.audit)),
  );
  expect(await call(verifyAudit, {})).toMatchObject({ intact: true });
});

test('limits and prices are set, listed and taken back, and what was used is reported and compared', async () => {
  const scope = { scope: 'organisation' as const, id: 'default' };
  const limits = [{ unit: 'usd' as const, limit: '500', window: 'month' as const }];
  await call(budgets.writeBudget, { ...scope, limits });
  expect((await call(budgets.readBudget, scope)).limits).toMatchObject(limits);
  expect((await call(budgets.listBudgets, { scope: 'organisation' })).data).toMatchObject([scope]);
  expect((await call(readForecast, { scope: 'organisation/default' })).data).toMatchObject([
    { limit: '500' },
  ]);
  expect(await call(budgets.deleteBudget, scope)).toMatchObject({ deleted: true });

  const model = { provider: 'openai', model: 'ours/tuned-1' };
  await call(prices.writePrice, { ...model, input: '1', output: '2' });
  const [listed] = (await call(prices.listPrices, model)).data;
  expect(listed).toMatchObject({ ...model, origin: 'override' });
  expect(Object.keys((await call(prices.exportPrices, {})).providers)).toContain('openai');
  expect(await call(prices.deletePrice, model)).toMatchObject({ deleted: true });
  expect(await call(prices.syncPrices, {})).toMatchObject({ source: null, changed: 0 });

  expect((await call(readCostReport, { group_by: 'model' })).total).toMatchObject({ requests: 0 });
  expect((await call(listUsage, {})).data).toEqual([]);
  const content = `start_time,amount_value\n${Date.UTC(2026, 10, 1) / 1_000},1\n`;
  expect(await call(importUsage, { provider: 'openai', content })).toMatchObject({
    within_one_percent: false,
  });
});

test('cache rules are written, and entries listed, read, deleted and purged', async () => {
  const rules = [{ name: 'all', default: 'exact' as const }];
  const { revision } = await call(cache.writeCacheRules, { rules, expectedRevision: 'none' });
  expect(await call(cache.readCacheRules, {})).toMatchObject({ rules, revision });

  const model = 'gpt-5-mini';
  const answer = await fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${testKey}`,
      'x-weir-cache': 'exact',
    },
    body: JSON.stringify({ model, messages: [{ role: 'user', content: 'Hello' }] }),
  });
  expect(answer.status).toBe(200);
  const entry = await eventually(async () => {
    const [listed] = (await call(cache.listCacheEntries, { model })).data;
    return listed ?? expect.fail('it is not listed yet');
  });
  const { id } = entry;
  expect(await call(cache.readCacheEntry, { id })).toMatchObject({ ...entry, question: null });
  expect(await call(cache.deleteCacheEntry, { id })).toEqual({ id, deleted: true });
  expect(await call(cache.purgeCache, { model })).toEqual({ purged: 0, complete: true });
  expect((await call(cache.listCachePartitions, {})).data).toEqual([]);
});

test('no contract of the admin API was left out', () => {
  expect([...called].sort()).toEqual(adminApi.map(({ name }) => name).sort());
});
