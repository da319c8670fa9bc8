import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError, parseConfig } from '@weir/service-kit/config';
import { testMasterKey } from '@weir/testkit/gateway';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { configSchema } from './config.ts';
import { presets } from './providers/presets.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-router-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const parse = (env: NodeJS.ProcessEnv) =>
  parseConfig([configSchema], { WEIR_MASTER_KEYS: testMasterKey, ...env })[0];

function problemsOf(env: NodeJS.ProcessEnv): readonly string[] {
  try {
    parse(env);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

function write(providers: unknown): string {
  const path = join(folder, `${Math.random()}.json`);
  writeFileSync(path, typeof providers === 'string' ? providers : JSON.stringify(providers));
  return path;
}

test('a key switches its provider on, at the address of its SDK', () => {
  const { providers, demoUrl } = parse({
    OPENAI_API_KEY: 'sk-o',
    OPENAI_ORG_ID: 'org-1',
    ANTHROPIC_API_KEY: 'sk-a',
    ANTHROPIC_BASE_URL: 'https://proxy.example.com/',
    OLLAMA_HOST: 'gpu-box',
    GROQ_API_KEY: '',
    WEIR_DEMO_PROVIDER_URL: 'http://127.0.0.1:9',
  });
  expect(demoUrl).toBeUndefined();
  expect(providers).toMatchObject([
    {
      name: 'openai',
      baseUrl: 'https://api.openai.com/v1',
      credentials: [{ secret: 'sk-o' }],
      headers: {},
      accountHeaders: { 'openai-organization': 'org-1' },
      outputCapParam: 'max_completion_tokens',
      discoversModels: true,
    },
    {
      name: 'anthropic',
      dialect: 'anthropic',
      baseUrl: 'https://proxy.example.com',
      credentials: [{ secret: 'sk-a' }],
    },
    {
      name: 'ollama',
      dialect: 'ollama',
      baseUrl: 'http://gpu-box:11434',
      credentials: [],
      discoversModels: true,
    },
  ]);
  expect(providers[0]?.models).toContainEqual({
    id: 'gpt-4o',
    contextTokens: 128_000,
    maxOutputTokens: 16_384,
    takesImages: true,
    takesTools: true,
  });
});

test.each([
  ['ft:gpt-4o-mini-2024-07-18:acme::abc', 'openai'],
  ['gpt-3.5-turbo-1106', 'openai'],
  ['o1-preview', 'openai'],
  ['chatgpt-next', 'openai'],
  ['claude-3-opus-20240229', 'anthropic'],
  ['gpt-oss:20b', undefined],
  ['o3x', undefined],
  ['llama3.2', undefined],
])('%s, which nobody lists, belongs to %s', (model, owner) => {
  const { providers } = parse({ OPENAI_API_KEY: 'k', ANTHROPIC_API_KEY: 'k', OLLAMA_HOST: 'gpu-box' });
  expect(providers.find(({ modelNamePattern: leads }) => leads?.test(model))?.name).toBe(owner);
});

test('a key is taken without the line end of the file that it was mounted from', () => {
  const file = write([{ name: 'lab', base_url: 'http://a', api_key_env: 'LAB_KEY' }]);
  const { providers } = parse({
    OPENAI_API_KEY: ' sk-o\n',
    OPENAI_ORG_ID: 'org-1\r\n',
    GROQ_API_KEY: '\n',
    LAB_KEY: 'sk-lab\n',
    WEIR_PROVIDERS_FILE: file,
  });
  expect(providers).toMatchObject([
    { name: 'openai', credentials: [{ secret: 'sk-o' }], accountHeaders: { 'openai-organization': 'org-1' } },
    { name: 'lab', credentials: [{ secret: 'sk-lab' }] },
  ]);
});

test('a provider may have several keys, each once, in one variable or in many', () => {
  const file = write([
    { name: 'lab', base_url: 'http://a', api_key_env: ['LAB_1', 'LAB_2'] },
    { name: 'bare', base_url: 'http://b' },
  ]);
  const { providers } = parse({
    OPENAI_API_KEY: 'sk-1, sk-2,\nsk-1 ,,sk-3\n',
    LAB_1: 'sk-a,sk-b',
    LAB_2: 'sk-b,sk-c',
    WEIR_PROVIDERS_FILE: file,
  });
  expect(providers.map(({ credentials }) => credentials.map(({ secret }) => secret))).toEqual([
    ['sk-1', 'sk-2', 'sk-3'],
    ['sk-a', 'sk-b', 'sk-c'],
    [],
  ]);
});

test('hosts that configs may name besides the public ones are told at the start, and so is what is none', () => {
  expect(parse({}).allowedHosts).toEqual([]);
  const { allowedHosts } = parse({ WEIR_ALLOWED_HOSTS: 'gpu-box:8000, *.corp.example:* ,\n[fd00::1]' });
  expect(allowedHosts.map(({ host }) => host)).toEqual(['gpu-box', 'corp.example', '[fd00::1]']);
  expect(problemsOf({ WEIR_ALLOWED_HOSTS: 'http://a,gpu-box:8000,10.0.0.0/8' })).toEqual([
    expect.stringMatching(/^WEIR_ALLOWED_HOSTS: "http:\/\/a" is not a host/),
    expect.stringMatching(/^WEIR_ALLOWED_HOSTS: "10\.0\.0\.0\/8" is not a host/),
  ]);
});

test('a key that no header can carry is told at the start, and not repeated', () => {
  const file = write([{ name: 'lab', base_url: 'http://a', api_key_env: 'LAB_KEY' }]);
  const problems = problemsOf({
    OPENAI_API_KEY: 'hunter2\nhunter3',
    GROQ_API_KEY: 'hunter2 hunter3',
    LAB_KEY: 'sk-1,hunter2\thunter3',
    MISTRAL_API_KEY: 'hunter\u20ac',
    WEIR_PROVIDERS_FILE: file,
  });
  const places = problems.map((problem) => problem.slice(0, problem.indexOf(':')));
  expect(places.toSorted()).toEqual([
    'GROQ_API_KEY',
    'MISTRAL_API_KEY',
    'OPENAI_API_KEY',
    'WEIR_PROVIDERS_FILE.0.api_key_env',
  ]);
  expect(problems.join()).not.toContain('hunter');
});

test('without a master key, or with a wrong one, a router does not start, and says what to do', () => {
  expect(problemsOf({ WEIR_MASTER_KEYS: '', WEIR_UPSTREAM_KEEP_ALIVE_MS: 'soon' })).toEqual([
    expect.stringContaining('WEIR_UPSTREAM_KEEP_ALIVE_MS: '),
    expect.stringMatching(/^WEIR_MASTER_KEYS: must hold a key.*openssl rand -base64 32/),
  ]);
  const problems = problemsOf({ WEIR_MASTER_KEYS: 'hunter2' });
  expect(problems).toEqual([expect.stringContaining('WEIR_MASTER_KEYS: key 1 is not 32 bytes')]);
  expect(problems.join()).not.toContain('hunter2');
});

test('a time-out beyond a day is told at the start: a timer of many days would go off at once', () => {
  const settings = ['CONNECT_TIMEOUT', 'FIRST_BYTE_TIMEOUT', 'IDLE_TIMEOUT', 'KEEP_ALIVE'];
  const names = settings.map((setting) => `WEIR_UPSTREAM_${setting}_MS`);
  const problems = problemsOf(Object.fromEntries(names.map((name) => [name, '9999999999'])));
  expect(problems).toEqual(names.map((name) => expect.stringContaining(name) as string));
});

test('no answer may be larger than the bus carries', () => {
  expect(parse({}).upstream.maxAnswerBytes).toBe(7 * 1024 * 1024);
  expect(problemsOf({ WEIR_UPSTREAM_MAX_ANSWER_BYTES: '8388608' })).toEqual([
    expect.stringContaining('WEIR_UPSTREAM_MAX_ANSWER_BYTES'),
  ]);
});

test('Azure has its key in a header of its own, and its older API the deployment in the path', () => {
  const azure = { AZURE_OPENAI_API_KEY: 'k', AZURE_OPENAI_ENDPOINT: 'https://r.openai.azure.com/' };
  expect(parse(azure).providers).toMatchObject([
    {
      name: 'azure',
      baseUrl: 'https://r.openai.azure.com/openai/v1',
      keyHeader: 'api-key',
      query: {},
      discoversModels: false,
    },
  ]);
  expect(parse({ ...azure, OPENAI_API_VERSION: '2024-10-21' }).providers).toMatchObject([
    {
      baseUrl: 'https://r.openai.azure.com/openai/deployments/{model}',
      query: { 'api-version': '2024-10-21' },
    },
  ]);
});

test('without any provider the demo provider answers for one of each kind', () => {
  const { providers, demoUrl } = parse({ WEIR_DEMO_PROVIDER_URL: 'http://127.0.0.1:9/' });
  expect(demoUrl).toBe('http://127.0.0.1:9');
  expect(providers.map(({ name, baseUrl, models }) => [name, baseUrl, models.length > 0])).toEqual([
    ['openai', 'http://127.0.0.1:9/v1', true],
    ['anthropic', 'http://127.0.0.1:9', true],
    ['ollama', 'http://127.0.0.1:9', true],
  ]);
});

test('a preset of which only the key is missing waits for a stored one', () => {
  const { providers, unkeyed } = parse({
    OPENAI_BASE_URL: 'https://proxy.example.com/v1',
    OPENAI_ORG_ID: 'org-of-another-account',
    AZURE_OPENAI_ENDPOINT: 'https://r.openai.azure.com',
    ANTHROPIC_API_KEY: 'sk-a',
    GROQ_API_KEY: ' ',
    MISTRAL_API_KEY: 'sk-m',
  });
  expect(providers.map(({ name }) => name)).toEqual(['anthropic', 'mistral']);
  const names = unkeyed.map(({ name }) => name);
  expect(names.slice(0, 4)).toEqual(['openai', 'azure', 'gemini', 'groq']);
  for (const absent of ['anthropic', 'mistral', 'ollama', 'vllm']) expect(names).not.toContain(absent);
  expect(unkeyed[0]).toMatchObject({
    baseUrl: 'https://proxy.example.com/v1',
    credentials: [],
    accountHeaders: {},
    needsStoredCredential: true,
  });
  expect(
    parse({ GROQ_API_KEY: 'k', OPENAI_BASE_URL: 'nonsense' }).unkeyed.map(({ name }) => name),
  ).not.toContain('openai');
});

test('every preset has a variable for its address; one without a path is meant with that of the own address', () => {
  const baseUrlOf = (env: Record<string, string>) => parse(env).providers.map(({ baseUrl }) => baseUrl);
  for (const { requires, keyVariable = '', baseUrlVariable = '', name } of presets) {
    const env = Object.fromEntries(requires.map((variable) => [variable, 'https://unused.example.com/v1']));
    const [baseUrl] = baseUrlOf({ ...env, [keyVariable]: 'k', [baseUrlVariable]: 'http://127.0.0.1:9/a/v1' });
    expect([name, baseUrl]).toEqual([name, expect.stringMatching(/^http:\/\/127\.0\.0\.1:9\/a\/v1/)]);
  }
  expect(baseUrlOf({ GROQ_API_KEY: 'k', GROQ_BASE_URL: 'http://127.0.0.1:9' })).toEqual([
    'http://127.0.0.1:9/openai/v1',
  ]);
});

test('a file says what a host has other words for', () => {
  const host = { name: 'lab', base_url: 'http://127.0.0.1:8000/v1' };
  const file = write([
    {
      ...host,
      map_roles: { developer: 'system' },
      map_params: { seed: 'random_seed' },
      map_values: { reasoning_effort: { none: { think: false }, max: 'high', minimal: null } },
      tool_call_ids: { length: 9 },
      hash_users: true,
    },
  ]);
  const [lab] = parse({ WEIR_PROVIDERS_FILE: file }).providers;
  expect(lab).toMatchObject({
    outputCapParam: undefined,
    mapping: {
      roles: { developer: 'system' },
      params: { seed: 'random_seed' },
      values: { reasoning_effort: { none: { think: false }, max: 'high', minimal: null } },
      toolCallIds: { length: 9 },
      hashesUsers: true,
    },
  });
});

test("a stored key goes to the real provider, and not to the demo's", () => {
  const { providers, unkeyed } = parse({ WEIR_DEMO_PROVIDER_URL: 'http://127.0.0.1:9/' });
  expect(providers.map(({ name, standsInFor }) => [name, standsInFor?.baseUrl])).toEqual([
    ['openai', 'https://api.openai.com/v1'],
    ['anthropic', 'https://api.anthropic.com'],
    ['ollama', undefined],
  ]);
  expect(unkeyed.map(({ name }) => name)).not.toContain('openai');
});

test('a file describes any other host, and replaces a preset of its name', () => {
  const file = write([
    {
      name: 'openai',
      base_url: 'https://proxy.example.com/v1/',
      api_key_env: 'PROXY_KEY',
      output_cap_param: 'max_completion_tokens',
      unsupported_params: ['store'],
      models: [{ id: 'gpt-x', max_output_tokens: 1_000 }],
    },
    { name: 'lab', base_url: 'http://127.0.0.1:8000/v1', headers: { 'x-team': 'a' } },
  ]);
  const { providers } = parse({ WEIR_PROVIDERS_FILE: file, PROXY_KEY: 'p', OPENAI_API_KEY: 'k' });
  expect(providers).toMatchObject([
    {
      name: 'openai',
      baseUrl: 'https://proxy.example.com/v1',
      credentials: [{ secret: 'p' }],
      unsupportedParams: ['store'],
      models: [{ id: 'gpt-x', maxOutputTokens: 1_000 }],
      discoversModels: false,
    },
    { name: 'lab', dialect: 'openai', headers: { 'x-team': 'a' }, discoversModels: true },
  ]);
});

test("a file tells what a model takes, and what it costs where that is the operator's to say", () => {
  const described = { images: false, tools: true, input_usd_per_mtok: 0.15, output_usd_per_mtok: 0 };
  const file = write([
    { name: 'lab', base_url: 'http://a', models: [{ id: 'small', ...described }, { id: 'unknown' }] },
  ]);
  const [lab] = parse({ WEIR_PROVIDERS_FILE: file }).providers;
  expect(lab?.models).toMatchObject([
    {
      id: 'small',
      takesImages: false,
      takesTools: true,
      price: { id: 'lab/small@file-670d16eb', rates: { input: 150_000_000, output: 0 } },
    },
    { id: 'unknown' },
  ]);
  expect(lab?.models[1]?.price).toBeUndefined();
});

test('half a price, and one below 0, are told', () => {
  const models = [
    { id: 'half', input_usd_per_mtok: 1 },
    { id: 'below', input_usd_per_mtok: -1, output_usd_per_mtok: 1 },
  ];
  const file = write([{ name: 'lab', base_url: 'http://a', models }]);
  expect(problemsOf({ WEIR_PROVIDERS_FILE: file })).toEqual([
    'WEIR_PROVIDERS_FILE.0.models.0: must have a price for input and one for output, or neither',
    expect.stringContaining('WEIR_PROVIDERS_FILE.0.models.1.input_usd_per_mtok'),
  ]);
});

test('every problem is reported, wherever it stands', () => {
  const file = write([
    { name: 'Not A Name', base_url: 'ftp://x' },
    { name: 'lab', base_url: 'http://127.0.0.1', api_key_env: 'NOT_SET', models: [{ id: '' }], typo: 1 },
    { name: 'leaky', base_url: 'http://127.0.0.1', headers: { Authorization: 'Bearer hunter2' } },
    { name: 'lines', base_url: 'http://127.0.0.1', headers: { 'x-team': 'a\r\nb: c' } },
  ]);
  const problems = problemsOf({
    WEIR_PROVIDERS_FILE: file,
    OPENAI_API_KEY: 'k',
    OPENAI_BASE_URL: 'not a url',
    WEIR_UPSTREAM_IDLE_TIMEOUT_MS: 'soon',
  });
  const places = problems.map((problem) => problem.slice(0, problem.indexOf(':')));
  expect(places.toSorted()).toEqual([
    'OPENAI_BASE_URL',
    'WEIR_PROVIDERS_FILE.0.base_url',
    'WEIR_PROVIDERS_FILE.0.name',
    'WEIR_PROVIDERS_FILE.1',
    'WEIR_PROVIDERS_FILE.1.models.0.id',
    'WEIR_PROVIDERS_FILE.2.headers',
    'WEIR_PROVIDERS_FILE.3.headers.x-team',
    'WEIR_UPSTREAM_IDLE_TIMEOUT_MS',
  ]);
  expect(problems.join()).not.toContain('hunter2');
});

test.each([
  [
    'a file that is not there',
    '/nowhere/providers.json',
    'WEIR_PROVIDERS_FILE: /nowhere/providers.json cannot be read',
  ],
  ['a file that is no JSON', write.bind(undefined, '[{'), /is not JSON$/],
  [
    'two providers of one name',
    write.bind(undefined, [
      { name: 'a', base_url: 'http://a' },
      { name: 'a', base_url: 'http://b' },
    ]),
    /must not name two providers alike$/,
  ],
  [
    'a key that is not set',
    write.bind(undefined, [{ name: 'a', base_url: 'http://a', api_key_env: 'NOT_SET' }]),
    'WEIR_PROVIDERS_FILE.0.api_key_env: the variable NOT_SET is not set',
  ],
  [
    'an empty list of keys',
    write.bind(undefined, [{ name: 'a', base_url: 'http://a', api_key_env: [] }]),
    /^WEIR_PROVIDERS_FILE\.0\.api_key_env: /,
  ],
])('a file that cannot be used is told: %s', (_, file, problem) => {
  const path = typeof file === 'string' ? file : file();
  expect(problemsOf({ WEIR_PROVIDERS_FILE: path })).toEqual([
    typeof problem === 'string' ? problem : (expect.stringMatching(problem) as string),
  ]);
});

test('what an entry of the file says nothing of is as the preset of its name has it', () => {
  const base = { name: 'mistral', base_url: 'https://proxy.example.com/v1' };
  const read = (fields: object) => {
    const file = write([{ ...base, ...fields }]);
    return parse({ WEIR_PROVIDERS_FILE: file }).providers[0];
  };
  const [preset] = parse({ MISTRAL_API_KEY: 'k' }).providers;
  expect(read({})).toMatchObject({
    outputCapParam: 'max_tokens',
    unsupportedParams: preset?.unsupportedParams,
    mapping: preset?.mapping,
  });
  const own = read({ unsupported_params: [], map_params: {}, output_cap_param: 'max_completion_tokens' });
  expect(own).toMatchObject({ outputCapParam: 'max_completion_tokens', unsupportedParams: [] });
  expect(own?.mapping).toEqual({ ...preset?.mapping, params: {} });
  // A host that speaks otherwise has nothing of it.
  expect(read({ dialect: 'anthropic' })).toMatchObject({ unsupportedParams: [], outputCapParam: undefined });
});
