import { beforeEach, describe, expect, test } from 'vitest';
import { tenants, verifyKey, virtualKeys, type VirtualKeyRecord } from '@weir/contracts/keys/verification';
import { listModels } from '@weir/contracts/router';
import { routerSealingKey } from '@weir/contracts/sealing-key';
import { Fault } from '@weir/service-kit/fault';
import { chat, post, startIngress, type Ingress } from './harness.ts';
import { keyRecord, keyText, testKey } from './keys.ts';
import { oldKeys } from './sealing-keys.ts';

const id = 'abcd1234';
const key = keyText(id);

let ingress: Ingress;
beforeEach(async () => {
  ingress = await startIngress();
  prepare(ingress);
});

function prepare({ bus }: Ingress): void {
  bus.answer(routerSealingKey, () => ({ publicKey: oldKeys.publicKey }));
  bus.onCall = (call) => {
    call.end('{}');
  };
}

const copyHas = (changes: Partial<VirtualKeyRecord> = {}) =>
  ingress.bus.storeOf(virtualKeys).put(id, keyRecord(id, changes));

const ask = (headers: Record<string, string> = {}, token = key) =>
  post(ingress, chat, {
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
  });

async function codeOf(asked: Promise<Response>): Promise<[status: number, code: unknown]> {
  const response = await asked;
  const { error } = (await response.json()) as { error: { code: string } };
  return [response.status, error.code];
}

describe('a key that is not valid', () => {
  test('is answered in the same bytes, whatever is wrong with it', async () => {
    const { bus } = ingress;
    await copyHas();
    await bus.storeOf(virtualKeys).put('revoked0', keyRecord('revoked0'));
    await bus.storeOf(virtualKeys).delete('revoked0');
    await bus.storeOf(virtualKeys).put('halted00', keyRecord('halted00', { organisation: 'halted' }));
    await bus.storeOf(tenants).put('organisation.halted', { suspended: true });
    const keys = [
      keyText('unknown0'),
      keyText('revoked0'),
      keyText('halted00'),
      keyText(id, 'wrong'),
      'sk-of-another-gateway',
    ];
    const answers = await Promise.all(keys.map((one) => ask({}, one)));
    const told = await Promise.all(
      answers.map(async (response) => {
        const headers = [...response.headers].filter(
          ([name]) => !/^(date|x-request-id|x-weir-trace-id)$/.test(name),
        );
        return JSON.stringify([response.status, headers, await response.text()]);
      }),
    );
    expect(new Set(told).size).toBe(1);
    expect(JSON.parse(told[0] ?? '')).toEqual([
      401,
      expect.anything(),
      expect.stringContaining('"type":"authentication_error","code":"invalid_api_key"'),
    ]);
    expect(bus.calls).toEqual([]);
  });

  test('asks by one hop, in the name of the request that it came with', async () => {
    const response = await ask();
    expect(ingress.bus.asked).toMatchObject([
      {
        endpoint: verifyKey.name,
        data: { keyId: id },
        envelope: { requestId: response.headers.get('x-request-id') },
      },
    ]);
    expect(JSON.stringify(ingress.bus.asked)).not.toContain(key);
  });
});

test('while the database is away unknown keys are a 503, and known ones go on', async () => {
  ingress.bus.answer(verifyKey, () => {
    throw new Fault('service_unavailable');
  });
  const unknown = await ask();
  expect(unknown.status).toBe(503);
  expect(unknown.headers.get('x-should-retry')).toBe('true');
  expect((await ask({}, testKey)).status).toBe(200);
});

test('what a key says of its requests travels with them', async () => {
  const caller = { keyId: id, teamId: 't1', userId: 'u1', tags: ['batch'] };
  for (const tenant of ['organisation.acme', 'team.t1', 'user.u1'])
    await ingress.bus.storeOf(tenants).put(tenant, { suspended: false });
  await copyHas({
    organisation: 'acme',
    caller,
    access: { inlineConfigs: false, models: ['gpt-5*'] },
    metadata: { plan: 'free' },
  });
  await ask({ 'x-weir-metadata': '{"plan":"pro","team":"search"}' });
  await ask();
  expect(ingress.bus.calls.map(({ envelope }) => envelope)).toMatchObject([
    { tenant: 'acme', caller, access: { models: [['gpt-5*']] }, metadata: { plan: 'free', team: 'search' } },
    { tenant: 'acme', metadata: { plan: 'free' } },
  ]);
});

describe('routing configs', () => {
  test.each([
    [{}, 200],
    [{ 'x-weir-config': 'bound' }, 200],
    [{ 'x-weir-config': 'cheap-first' }, 200],
    [{ 'x-portkey-config': 'cheap-first' }, 200],
    [{ 'x-weir-config': 'dear' }, 403],
    [{ 'x-weir-config': 'default' }, 403],
    [{ 'x-weir-config': '{"provider":"openai"}' }, 403],
    [{ 'x-portkey-config': '{"provider":"openai"}' }, 403],
    [{ 'x-portkey-provider': 'openai' }, 403],
    [{ 'x-portkey-virtual-key': 'openai-eu' }, 403],
    [{ 'x-portkey-custom-host': 'https://llm.example.com/v1' }, 403],
  ] as [Record<string, string>, number][])(
    'a key that may name cheap-*: %j is a %i',
    async (headers, status) => {
      await copyHas({ config: 'bound', access: { inlineConfigs: false, configs: ['cheap-*'] } });
      const response = await ask(headers);
      expect(response.status).toBe(status);
      if (status === 200) return;
      expect(await response.json()).toMatchObject({
        error: { type: 'permission_error', code: 'config_not_allowed' },
      });
      expect(ingress.bus.calls).toEqual([]);
    },
  );

  test('a key that may bring one may name none, if it may name none', async () => {
    await copyHas({ access: { inlineConfigs: true, configs: [] } });
    expect((await ask({ 'x-weir-config': '{"provider":"openai"}' })).status).toBe(200);
    expect((await ask({ 'x-portkey-virtual-key': 'openai-eu' })).status).toBe(200);
    expect(await codeOf(ask({ 'x-weir-config': 'cheap' }))).toEqual([403, 'config_not_allowed']);
  });
});

describe('models', () => {
  const get = (path: string) =>
    fetch(`${ingress.url}/v1/models${path}`, { headers: { authorization: `Bearer ${key}` } });

  test('are listed for the key that asks', async () => {
    await copyHas({ access: { inlineConfigs: false, models: ['gpt-5*'] } });
    expect((await get('')).status).toBe(200);
    expect(ingress.bus.asked).toMatchObject([
      { endpoint: listModels.name, envelope: { access: { models: [['gpt-5*']] }, caller: { keyId: id } } },
    ]);
  });

  test('that are not listed are there for those who may use them', async () => {
    ingress.bus.models.data = [{ id: 'gpt-5', object: 'model', created: 0, owned_by: 'openai' }];
    await copyHas({ access: { inlineConfigs: false, models: ['gpt-5*', 'openai/o*'] } });
    expect((await get('/openai/gpt-5-nano')).status).toBe(200);
    expect((await get('/openai/o4')).status).toBe(200);
    expect((await get('/openai/dall-e')).status).toBe(404);
  });
});

describe('where a request comes from', () => {
  const fromProxy = { 'x-forwarded-for': '203.0.113.7' };
  const restricted = { addresses: ['203.0.113.0/24'] };

  test('is its connection: a header that says otherwise is not believed', async () => {
    await copyHas(restricted);
    expect(await codeOf(ask())).toEqual([403, 'address_not_allowed']);
    expect(await codeOf(ask(fromProxy))).toEqual([403, 'address_not_allowed']);
    expect(
      await codeOf(ask({ ...fromProxy, forwarded: 'for=203.0.113.7', 'x-real-ip': '203.0.113.7' })),
    ).toEqual([403, 'address_not_allowed']);
    await copyHas({ addresses: ['127.0.0.1'] });
    expect((await ask({ 'x-forwarded-for': '198.51.100.1' })).status).toBe(200);
  });

  test('is what a trusted proxy says, and not what its client has said to it', async () => {
    ingress = await startIngress({ WEIR_TRUSTED_PROXIES: '127.0.0.0/8, 10.0.0.0/8' });
    prepare(ingress);
    await copyHas(restricted);
    expect((await ask(fromProxy)).status).toBe(200);
    expect((await ask({ 'x-forwarded-for': '203.0.113.7, 10.1.2.3' })).status).toBe(200);
    for (const forged of ['203.0.113.7, 198.51.100.1', 'nonsense', '203.0.113.7:1', ',']) {
      expect(await codeOf(ask({ 'x-forwarded-for': forged }))).toEqual([403, 'address_not_allowed']);
    }
  });

  test('is not what a proxy says that is not trusted', async () => {
    ingress = await startIngress({ WEIR_TRUSTED_PROXIES: '10.0.0.0/8' });
    prepare(ingress);
    await copyHas(restricted);
    expect(await codeOf(ask(fromProxy))).toEqual([403, 'address_not_allowed']);
  });
});
