import { expect, test } from 'vitest';
import { parseHostPattern } from '@weir/service-kit/outbound/host-pattern';
import { HostPolicy } from '@weir/service-kit/outbound/host-policy';
import type { Provider } from '../domain/provider.ts';
import type { ProviderReference } from '../domain/routing/provider-finder.ts';
import { toCredential } from './credential.ts';
import { ProviderDirectory } from './directory.ts';

const configured = (name: string, baseUrl: string, overrides: Partial<Provider> = {}): Provider => ({
  name,
  dialect: 'openai',
  baseUrl,
  credentials: [toCredential(`sk-operator-${name}`)],
  headers: {},
  query: {},
  outputCapParam: 'max_tokens',
  unsupportedParams: [],
  models: [{ id: 'gpt-5' }],
  discoversModels: true,
  ...overrides,
});
const openai = configured('openai', 'https://api.openai.com/v1', {
  headers: { 'x-team': 'search' },
  accountHeaders: { 'openai-organization': 'org-operator' },
});
const lab = configured('lab', 'http://gpu-box:8000/v1', {
  keyHeader: 'api-key',
  query: { 'api-version': '1' },
});
const anthropic = configured('anthropic', 'https://proxy.example.com', { dialect: 'anthropic' });

function directoryOf(providers: readonly Provider[], ...allowed: string[]) {
  const hostPolicy = new HostPolicy(allowed.flatMap((pattern) => parseHostPattern(pattern) ?? []));
  return new ProviderDirectory({ configured: providers, hostPolicy });
}
const directory = directoryOf([openai, lab, anthropic], '*.corp.example:*');

function found(asked: ProviderReference, within = directory): Provider {
  const provider = within.find(asked);
  if ('field' in provider) throw new Error(`${provider.field} ${provider.message}`);
  return provider;
}

const secretsOf = ({ credentials }: Provider) => credentials.map(({ secret }) => secret);

test("a name is the operator's provider, with or without an @", () => {
  expect(directory.find({ provider: 'openai' })).toBe(openai);
  expect(directory.find({ provider: '@lab' })).toBe(lab);
});

test("a key of the config's takes the place of the operator's, and of what names the operator's account", () => {
  expect(found({ provider: 'openai', apiKey: 'sk-mine' })).toMatchObject({
    name: 'openai',
    baseUrl: 'https://api.openai.com/v1',
    credentials: [toCredential('sk-mine')],
    headers: { 'x-team': 'search' },
    accountHeaders: {},
    models: [{ id: 'gpt-5' }],
    discoversModels: false,
  });
  expect(openai.accountHeaders).toHaveProperty('openai-organization', 'org-operator');
  const keyed = found({ provider: 'lab', apiKey: 'sk-mine' });
  expect(keyed).toMatchObject({ keyHeader: 'api-key', query: { 'api-version': '1' } });
  expect(keyed.isPublicHostOnly).toBeUndefined();
});

test.each([
  ['groq', 'groq', 'https://api.groq.com/openai/v1'],
  ['@x-ai', 'xai', 'https://api.x.ai/v1'],
  ['google', 'gemini', 'https://generativelanguage.googleapis.com/v1beta/openai'],
  ['mistral-ai', 'mistral', 'https://api.mistral.ai/v1'],
  ['together-ai', 'together', 'https://api.together.xyz/v1'],
  ['fireworks-ai', 'fireworks', 'https://api.fireworks.ai/inference/v1'],
])('a well-known provider needs no more than a key: %s is %s', (provider, name, baseUrl) => {
  const answer = found({ provider, apiKey: 'sk-mine' });
  expect(answer).toMatchObject({ name, baseUrl, credentials: [toCredential('sk-mine')] });
  expect(answer.isPublicHostOnly).toBeUndefined();
});

test("a well-known provider keeps its rules at an address of the config's", () => {
  expect(
    found({ provider: 'azure-openai', apiKey: 'k', customHost: 'https://r.openai.azure.com/openai/v1' }),
  ).toMatchObject({ name: 'azure', keyHeader: 'api-key', outputCapParam: 'max_completion_tokens' });
  expect(found({ provider: 'ollama', customHost: 'http://gpu.corp.example:11434/' })).toMatchObject({
    dialect: 'ollama',
    baseUrl: 'http://gpu.corp.example:11434',
    isPublicHostOnly: true,
  });
});

test.each([
  ['anthropic', 'https://llm.example.com/v1', 'https://llm.example.com'],
  ['anthropic', 'https://llm.example.com/anthropic', 'https://llm.example.com/anthropic'],
  ['openai', 'https://LLM.example.com:443/v1//', 'https://llm.example.com/v1'],
])('an address may have the version of %s in it, as Portkey has: %s', (provider, customHost, baseUrl) => {
  expect(found({ provider, customHost }).baseUrl).toBe(baseUrl);
});

test('an address alone is a host that speaks as OpenAI does', () => {
  expect(found({ customHost: 'https://llm.example.com/v1', apiKey: 'sk-mine' })).toMatchObject({
    name: 'custom',
    dialect: 'openai',
    baseUrl: 'https://llm.example.com/v1',
    credentials: [toCredential('sk-mine')],
    isPublicHostOnly: true,
  });
});

test.each([
  'https://evil.example.com/v1',
  'https://api.openai.com.evil.example.com/v1',
  'https://api.openai.com:8443/v1',
  'https://api.openai.com/v2',
  'https://gpu.corp.example/v1',
])("nothing of the operator's goes to an address that a config names: %s", (customHost) => {
  for (const provider of ['openai', 'lab', 'anthropic']) {
    const bare = found({ provider, customHost });
    expect(bare).toMatchObject({ credentials: [], headers: {}, query: {}, isPublicHostOnly: true });
    expect(secretsOf(found({ provider, customHost, apiKey: 'sk-mine' }))).toEqual(['sk-mine']);
  }
});

test("the operator's own address is the operator's provider", () => {
  expect(directory.find({ provider: 'lab', customHost: 'http://GPU-box:8000/v1/' })).toBe(lab);
  expect(directory.find({ provider: 'anthropic', customHost: 'https://proxy.example.com/v1' })).toBe(
    anthropic,
  );
  expect(secretsOf(found({ provider: 'lab', customHost: lab.baseUrl, apiKey: 'sk-mine' }))).toEqual([
    'sk-mine',
  ]);
  // It is another provider's, and no public host.
  expect(directory.find({ provider: 'openai', customHost: lab.baseUrl })).toMatchObject({
    field: 'custom_host',
  });
});

test.each<[ProviderReference, string, RegExp]>([
  [
    { provider: 'nope' },
    'provider',
    /^"nope" is not known; there are anthropic, azure, cerebras,.* lab, mistral,/,
  ],
  [{ provider: 'nope', customHost: 'https://llm.example.com' }, 'provider', /^"nope" is not known/],
  [{ provider: 'constructor' }, 'provider', /^"constructor" is not known/],
  [
    { provider: 'groq' },
    'provider',
    /^"groq" is not configured with a key, so the target needs an "api_key"$/,
  ],
  [
    { provider: 'vllm', apiKey: 'k' },
    'provider',
    /^"vllm" is not configured, so the target needs a "custom_host"$/,
  ],
  [{ apiKey: 'k' }, 'api_key', /^must stand beside a "provider" or a "custom_host"$/],
  [{ provider: 'openai', customHost: 'http://llm.example.com' }, 'custom_host', /^must be https, /],
  [{ customHost: 'https://169.254.169.254' }, 'custom_host', /^must name a public host, /],
  [{ customHost: 'llm.example.com' }, 'custom_host', /^must be a URL/],
])('what cannot be is told with the field at fault: %j', (asked, field, message) => {
  expect(directory.find(asked)).toEqual({ field, message: expect.stringMatching(message) as string });
});

test.each([
  'sk-proj-hunter2',
  '@sk-hunter2',
  'gsk_hunter2',
  'AIzaHunter2',
  'hunter2 ',
  '0123456789abcdef0123456789abcdef',
  '01234567-89ab-cdef-0123-456789abcdef',
  `hunter2-${'a-'.repeat(20)}`,
])('a name that may be a key is not repeated: %s', (provider) => {
  expect(directory.find({ provider })).toEqual({
    field: 'provider',
    message: expect.stringMatching(/^is not known; there are anthropic, /) as string,
  });
});

test('what a config has brought the host or the key of is told from what is known to all', () => {
  const asked: ProviderReference[] = [
    { provider: 'openai', apiKey: 'sk-mine' },
    { provider: 'groq', apiKey: 'sk-mine' },
    { provider: 'lab', customHost: lab.baseUrl, apiKey: 'sk-mine' },
    { provider: 'openai', customHost: 'https://llm.example.com/v1' },
    { customHost: 'https://llm.example.com/v1', apiKey: 'sk-mine' },
  ];
  expect(asked.filter((one) => found(one).isOfConfig !== true)).toEqual([]);
  for (const one of [{ provider: 'openai' }, { provider: 'lab', customHost: lab.baseUrl }]) {
    expect(found(one).isOfConfig).toBeUndefined();
  }
});

test.each(['hunter2 ', 'hunter2\r\nx: y', 'hunter2\u20ac', ''])(
  'a key that no header can carry is told, and not repeated: %j',
  (apiKey) => {
    expect(directory.find({ provider: 'openai', apiKey })).toEqual({
      field: 'api_key',
      message: 'must be printable ASCII without white space',
    });
  },
);

test('an operator may call a provider what we know something else by', () => {
  const google = configured('google', 'https://llm.example.com/v1');
  expect(directoryOf([google]).find({ provider: 'google' })).toBe(google);
  expect(
    directoryOf([configured('gemini', 'https://a.example.com')]).find({ provider: 'google' }),
  ).toMatchObject({
    name: 'gemini',
    baseUrl: 'https://a.example.com',
  });
});

test('who asks for the same gets the same, and nobody what another has asked for', () => {
  const asked = { provider: 'groq', apiKey: 'sk-1' };
  expect(directory.find({ ...asked })).toBe(directory.find(asked));
  expect(directory.find({ ...asked, apiKey: 'sk-2' })).not.toBe(directory.find(asked));
  const [shifted, other] = [
    { provider: 'a', customHost: 'https://b.example.com' },
    { apiKey: 'a', customHost: 'https://b.example.com' },
  ];
  expect(found(other, directoryOf([configured('a', 'https://a.example.com')]))).toMatchObject({
    name: 'custom',
  });
  expect(directory.find(shifted)).toMatchObject({ field: 'provider' });
});

test('what is kept is bounded', () => {
  const directory = directoryOf([openai]);
  const first = directory.find({ customHost: 'https://host.example.com' });
  for (let host = 0; host < 1_000; host++) directory.find({ customHost: `https://host-${host}.example.com` });
  const again = directory.find({ customHost: 'https://host.example.com' });
  expect(again).not.toBe(first);
  expect(again).toEqual(first);
});

test.each(['****abcd', 'sk-...abcd', 'REDACTED', '<your-key>', '${OPENAI_API_KEY}'])(
  'the mask %s is no key: it is refused before anybody is asked with it',
  (apiKey) => {
    for (const provider of ['openai', 'groq']) {
      expect(directory.find({ provider, apiKey })).toEqual({
        field: 'api_key',
        message: 'is a mask or a placeholder, and not a key',
      });
    }
  },
);
