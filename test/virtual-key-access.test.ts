import type { AdminClient } from '@weir/admin-client/admin-client';
import { createOrganisation } from '@weir/contracts/admin/organisations';
import { writeConfig } from '@weir/contracts/admin/routing-configs';
import { createKey } from '@weir/contracts/admin/virtual-keys';
import { startGateway, testKey, type Gateway } from '@weir/testkit/gateway';
import { startFakeProvider, type FakeProvider } from '@weir/testkit/providers/fake-provider';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { adminOf } from './helpers/admin.ts';
import { ask, type Question } from './helpers/ask.ts';
import { models, settingsFor } from './helpers/gateway-fixture.ts';
import { startIngress } from './helpers/ingresses.ts';

let provider: FakeProvider;
let gateway: Gateway;
let admin: AdminClient;
beforeAll(async () => {
  provider = await startFakeProvider();
  gateway = await startGateway({ router: settingsFor(provider) });
  admin = adminOf(gateway.url);
  const toClaude = { provider: 'anthropic', override_params: { model: models.anthropic } };
  const toAny = { strategy: { mode: 'fallback' }, targets: [{ provider: 'openai' }, toClaude] };
  await admin.call(writeConfig, { name: 'claude', config: toClaude });
  await admin.call(writeConfig, { name: 'any', config: toAny });
});
afterAll(async () => {
  await gateway.close();
  await provider.close();
});

type Fields = Omit<Parameters<typeof admin.call<typeof createKey>>[1], 'name'>;

async function keyWith(fields: Fields): Promise<string> {
  return (await admin.call(createKey, { name: 'restricted', ...fields })).key;
}

/** How the gateway answers: the provider and the model that it asked, or why it did not. */
async function outcomeOf(key: string, question: Partial<Question> = {}): Promise<string> {
  const { status, code, headers } = await ask(gateway.baseUrl, { model: models.openai, ...question, key });
  if (code !== undefined) return `${status} ${code}`;
  return `${headers.get('x-weir-provider')} ${headers.get('x-weir-model')}`;
}

const byOpenai = `openai ${models.openai}`;
const byClaude = `anthropic ${models.anthropic}`;

test('a key asks for the models that it may use, and sees no others in the list', async () => {
  const key = await keyWith({ allowed_models: ['gpt-5-*', 'ollama/*'] });
  expect(await outcomeOf(key)).toBe(byOpenai);
  expect(await outcomeOf(key, { model: models.ollama })).toBe('ollama llama3.2');
  expect(await outcomeOf(key, { model: models.anthropic })).toBe('403 model_not_allowed');
  expect(await outcomeOf(key, { model: models.anthropic, stream: true })).toBe('403 model_not_allowed');
  const [own, all] = await Promise.all([modelsSeenBy(key), modelsSeenBy(testKey)]);
  expect(own).toContain('gpt-5-mini');
  // Ollama's models are listed by the names that it has for them.
  const isAllowed = (id: string) => id.startsWith('gpt-5-') || ['llama3.2', 'nomic-embed-text'].includes(id);
  expect(own.filter((id) => !isAllowed(id))).toEqual([]);
  expect(all.length).toBeGreaterThan(own.length);
});

test('a key whose list of models is empty may use none', async () => {
  expect(await outcomeOf(await keyWith({ allowed_models: [] }))).toBe('403 model_not_allowed');
});

test('targets of stored configs at providers that the key may not use are passed over', async () => {
  const key = await keyWith({ allowed_providers: ['anthropic'], allowed_configs: ['any'] });
  expect(await outcomeOf(key)).toBe('403 provider_not_allowed');
  expect(await outcomeOf(key, { config: 'any' })).toBe(byClaude);
});

test('a key names the configs that it may, and takes the one that it is bound to where it names none', async () => {
  const bound = await keyWith({ config: 'claude' });
  expect(await outcomeOf(bound)).toBe(byClaude);
  expect(await outcomeOf(bound, { config: 'any' })).toBe('403 config_not_allowed');
  const naming = await keyWith({ allowed_configs: ['cl*'] });
  expect(await outcomeOf(naming, { config: 'claude' })).toBe(byClaude);
  expect(await outcomeOf(naming, { config: 'any' })).toBe('403 config_not_allowed');
  expect(await outcomeOf(naming, { config: 'that-is-not-there' })).toBe('403 config_not_allowed');
});

test('a config of its own and a host of its own are for keys that may bring them', async () => {
  const inline = { provider: 'anthropic', override_params: { model: models.anthropic } };
  const elsewhere = { provider: 'openai', custom_host: 'https://llm.example.com/v1', api_key: 'sk-own' };
  expect(await outcomeOf(await keyWith({}), { config: inline })).toBe('403 config_not_allowed');
  const key = await keyWith({ inline_configs: true, custom_hosts: ['*.example.org'] });
  expect(await outcomeOf(key, { config: inline })).toBe(byClaude);
  expect(await outcomeOf(key, { config: elsewhere })).toBe('403 custom_host_not_allowed');
});

test('what an organisation forbids none of its keys may do', async () => {
  const organisation_id = 'frugal';
  await admin.call(createOrganisation, {
    id: organisation_id,
    name: 'Frugal',
    allowed_models: ['gpt-*'],
    inline_configs: false,
  });
  const key = await keyWith({
    organisation_id,
    allowed_models: ['claude-*', 'gpt-5-*'],
    inline_configs: true,
  });
  expect(await outcomeOf(key)).toBe(byOpenai);
  expect(await outcomeOf(key, { model: 'gpt-4o' })).toBe('403 model_not_allowed');
  expect(await outcomeOf(key, { model: models.anthropic })).toBe('403 model_not_allowed');
  expect(await outcomeOf(key, { config: { provider: 'openai' } })).toBe('403 config_not_allowed');
});

test('a key is accepted from its addresses, whatever a header says of where a request comes from', async () => {
  const [here, there] = [
    await keyWith({ allowed_addresses: ['127.0.0.0/8'] }),
    await keyWith({ allowed_addresses: ['203.0.113.0/24'] }),
  ];
  const statusFrom = async (baseUrl: string, key: string, forwardedFor?: string) => {
    const headers = {
      authorization: `Bearer ${key}`,
      ...(forwardedFor && { 'x-forwarded-for': forwardedFor }),
    };
    return (await fetch(`${baseUrl}/models`, { headers })).status;
  };
  expect(await statusFrom(gateway.baseUrl, here)).toBe(200);
  expect(await statusFrom(gateway.baseUrl, here, '203.0.113.7')).toBe(200);
  expect(await statusFrom(gateway.baseUrl, there)).toBe(403);
  expect(await statusFrom(gateway.baseUrl, there, '203.0.113.7')).toBe(403);

  const behindProxy = await startIngress(gateway, { WEIR_TRUSTED_PROXIES: '127.0.0.1' });
  expect(await statusFrom(behindProxy, there, '203.0.113.7')).toBe(200);
  expect(await statusFrom(behindProxy, here, '203.0.113.7')).toBe(403);
  // The proxy adds the address that it sees at the end: what a caller has written before it is not believed.
  expect(await statusFrom(behindProxy, there, '203.0.113.7, 198.51.100.1')).toBe(403);
});

const listSchema = z.object({ data: z.array(z.object({ id: z.string() })) });

async function modelsSeenBy(key: string): Promise<string[]> {
  const response = await fetch(`${gateway.baseUrl}/models`, { headers: { authorization: `Bearer ${key}` } });
  return listSchema.parse(await response.json()).data.map(({ id }) => id);
}
