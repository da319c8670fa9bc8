import { createAdminClient } from '@weir/admin-client/admin-client';
import { adminApi } from '@weir/contracts/admin/admin-api';
import { dryRunRouting } from '@weir/contracts/admin/dry-run-routing';
import { gatewayStatus } from '@weir/contracts/admin/gateway-status';
import {
  deleteConfig,
  listConfigRevisions,
  listConfigs,
  readConfig,
  rollBackConfig,
  writeConfig,
} from '@weir/contracts/admin/routing-configs';
import { startGateway, testAdminKey, type Gateway } from '@weir/testkit/gateway';
import { startFakeProvider, type FakeProvider } from '@weir/testkit/providers/fake-provider';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { askAdmin, type AdminCall } from './helpers/admin.ts';

let provider: FakeProvider;
let gateway: Gateway;
beforeAll(async () => {
  provider = await startFakeProvider();
  gateway = await startGateway({
    router: { OPENAI_API_KEY: 'sk-test', OPENAI_BASE_URL: provider.openaiBaseUrl },
  });
});
afterAll(async () => {
  await gateway.close();
  await provider.close();
});

const admin = (...question: AdminCall) => askAdmin(gateway.url, ...question);

const toModel = (model: string) => ({ provider: 'openai', override_params: { model } });

test('a config that makes no sense is refused, with the path of what is wrong', async () => {
  const body = {
    strategy: { mode: 'fallback' },
    targets: [{ provider: 'openai', retry: { attempts: 9 } }],
  };
  const refused = await admin('PUT', '/configs/wrong', { body });
  expect(refused.status).toBe(400);
  expect(refused.json()).toMatchObject({
    error: { code: 'invalid_config', param: 'targets[0].retry.attempts' },
  });
  expect((await admin('GET', '/configs/wrong')).status).toBe(404);
});

test('a dry run tells which target would take a request, and why, and asks nobody', async () => {
  const config = {
    strategy: {
      mode: 'conditional',
      conditions: [{ query: { 'metadata.plan': 'pro' }, then: 'large' }],
      default: 'small',
    },
    targets: [
      { name: 'large', ...toModel('large') },
      { name: 'small', ...toModel('small') },
    ],
  };
  const run = (metadata: object) =>
    admin('POST', '/dry-run/routing', { body: { config, metadata, request: { model: 'any' } } });
  expect((await run({ plan: 'pro' })).json()).toMatchObject({
    targets: [{ target: 'large', provider: 'openai', model: 'large', reason: 'Condition 1 holds.' }],
  });
  expect((await run({ plan: 'free' })).json()).toMatchObject({
    targets: [{ target: 'small', reason: 'No condition holds, and it is the default.' }],
  });
  expect(provider.requests.filter(({ method }) => method === 'POST')).toEqual([]);
});

test.each([
  ['GET', '/configs'],
  ['PUT', '/configs/mine'],
  ['POST', '/dry-run/routing'],
  ['GET', '/status'],
] as const)('%s %s needs the admin key', async (method, path) => {
  for (const authorization of ['Bearer wrong', '']) {
    const refused = await admin(method, path, { headers: { authorization } });
    expect(refused.status).toBe(401);
    expect(refused.json()).toMatchObject({ error: { code: 'invalid_admin_key' } });
  }
});

test('the client reaches every contract of the admin API, and gets what its schema says', async () => {
  const client = createAdminClient({ baseUrl: gateway.url, adminKey: testAdminKey });
  const name = 'by-client';
  const { revision } = await client.call(writeConfig, {
    name,
    config: toModel('first'),
    expectedRevision: 'none',
  });
  const stale = client.call(writeConfig, { name, config: {}, expectedRevision: revision + 1 });
  await expect(stale).rejects.toMatchObject({
    name: 'AdminApiError',
    status: 412,
    code: 'revision_conflict',
  });
  await client.call(deleteConfig, { name, expectedRevision: revision });
  await client.call(rollBackConfig, { name, revision });
  expect(await client.call(readConfig, { name })).toMatchObject({ name, config: toModel('first') });
  const { data } = await client.call(listConfigRevisions, { name });
  expect(data.map(({ config }) => config)).toEqual([toModel('first'), null, toModel('first')]);
  const names: string[] = [];
  for await (const record of client.items(listConfigs, { limit: 1 })) names.push(record.name);
  expect(names).toEqual([name]);
  const dryRun = await client.call(dryRunRouting, { config: toModel('x'), request: { model: 'any' } });
  expect(dryRun).toMatchObject({ config: 'inline', targets: [{ model: 'x' }] });
  expect((await client.call(gatewayStatus, {})).problems).toEqual([]);
  const called = [
    writeConfig,
    deleteConfig,
    rollBackConfig,
    readConfig,
    listConfigRevisions,
    listConfigs,
    dryRunRouting,
    gatewayStatus,
  ];
  expect(new Set(called.map((contract) => contract.name))).toEqual(
    new Set(adminApi.map((contract) => contract.name)),
  );
});
