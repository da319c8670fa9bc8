import { startGateway, type Gateway } from '@weir/testkit/gateway';
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
