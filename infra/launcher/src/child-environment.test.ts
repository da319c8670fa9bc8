import { expect, test } from 'vitest';
import { childEnvironment, realProviders } from './child-environment.ts';

const everything = {
  PATH: '/bin',
  HTTPS_PROXY: 'http://proxy',
  LOG_LEVEL: 'debug',
  WEIR_PORT: '8080',
  WEIR_ALLOWED_HOSTS: 'gpu-box',
  WEIR_OPS_PORT: '9090',
  WEIR_ADMIN_KEY: 'x',
  WEIR_MASTER_KEYS: 'x',
  WEIR_MASTER_KEYS_FILE: 'x',
  WEIR_NATS_ROUTER_PASSWORD: 'w1',
  OPENAI_API_KEY: 'sk-1',
  GROQ_API_KEY: 'sk-2',
  OLLAMA_HOST: 'http://127.0.0.1:11434',
  AWS_SECRET_ACCESS_KEY: 'x',
  OUR_OWN_API_KEY: 'x',
};
const ordinary = ['PATH', 'HTTPS_PROXY', 'LOG_LEVEL', 'WEIR_PORT', 'WEIR_ALLOWED_HOSTS'];
const ofMasterKeys = ['WEIR_MASTER_KEYS', 'WEIR_MASTER_KEYS_FILE'];
const ofProviders = ['OPENAI_API_KEY', 'GROQ_API_KEY', 'OLLAMA_HOST'];

test("each program sees what it needs and nobody else's secrets", () => {
  expect(Object.keys(childEnvironment.demo(everything))).toEqual(['PATH', 'HTTPS_PROXY']);
  expect(Object.keys(childEnvironment.ingress(everything))).toEqual([...ordinary, 'WEIR_ADMIN_KEY']);
  expect(Object.keys(childEnvironment.router(everything))).toEqual([
    ...ordinary,
    ...ofMasterKeys,
    ...ofProviders,
  ]);
});

test('the router sees the keys that a file of providers may name', () => {
  const variables = { ...everything, WEIR_PROVIDERS_FILE: 'providers.json' };
  const seen = Object.keys(childEnvironment.router(variables));
  expect(seen).toEqual([
    ...ordinary,
    ...ofMasterKeys,
    ...ofProviders,
    'OUR_OWN_API_KEY',
    'WEIR_PROVIDERS_FILE',
  ]);
});

test('a provider is real when all that it requires is set', () => {
  expect(realProviders(everything)).toEqual(['openai', 'ollama', 'groq']);
  expect(realProviders({ OPENAI_BASE_URL: 'http://elsewhere', AZURE_OPENAI_API_KEY: 'x' })).toEqual([]);
  expect(realProviders({ WEIR_PROVIDERS_FILE: 'providers.json' })).toEqual(['those of WEIR_PROVIDERS_FILE']);
});
