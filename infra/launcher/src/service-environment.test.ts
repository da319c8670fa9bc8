import { manifest as ingress } from '@weir/ingress/manifest';
import { manifest as keys } from '@weir/keys/manifest';
import { manifest as router } from '@weir/router/manifest';
import { expect, test } from 'vitest';
import { realProviders, serviceEnvironment, systemEnvironment } from './service-environment.ts';

const everything = {
  PATH: '/bin',
  HTTPS_PROXY: 'http://proxy',
  NODE_COMPILE_CACHE: '/cache',
  LOG_LEVEL: 'debug',
  WEIR_MAX_IN_FLIGHT: '10',
  WEIR_PORT: '8080',
  WEIR_ALLOWED_HOSTS: 'gpu-box',
  WEIR_OPS_PORT: '9090',
  WEIR_ADMIN_KEY: 'x',
  WEIR_FIRST_KEY: 'x',
  WEIR_MASTER_KEYS: 'x',
  WEIR_MASTER_KEYS_FILE: 'x',
  WEIR_NATS_ROUTER_PASSWORD: 'w1',
  OPENAI_API_KEY: 'sk-1',
  GROQ_API_KEY: 'sk-2',
  OLLAMA_HOST: 'http://127.0.0.1:11434',
  AWS_SECRET_ACCESS_KEY: 'x',
  OUR_OWN_API_KEY: 'x',
};
const ofAll = ['PATH', 'HTTPS_PROXY', 'NODE_COMPILE_CACHE', 'LOG_LEVEL', 'WEIR_MAX_IN_FLIGHT'];
const ofRouter = [
  ...ofAll,
  'WEIR_ALLOWED_HOSTS',
  'WEIR_MASTER_KEYS',
  'WEIR_MASTER_KEYS_FILE',
  ...['OPENAI_API_KEY', 'GROQ_API_KEY', 'OLLAMA_HOST'],
];

test("each program sees what it needs and nobody else's settings", () => {
  expect(Object.keys(systemEnvironment(everything))).toEqual(['PATH', 'HTTPS_PROXY', 'NODE_COMPILE_CACHE']);
  expect(Object.keys(serviceEnvironment(ingress, everything))).toEqual([
    ...ofAll,
    'WEIR_PORT',
    'WEIR_ADMIN_KEY',
  ]);
  expect(Object.keys(serviceEnvironment(router, everything))).toEqual(ofRouter);
  expect(Object.keys(serviceEnvironment(keys, everything))).toEqual([
    ...ofAll,
    'WEIR_FIRST_KEY',
    'WEIR_MASTER_KEYS',
    'WEIR_MASTER_KEYS_FILE',
  ]);
});

test('the router sees the keys that a file of providers may name', () => {
  const variables = { ...everything, WEIR_PROVIDERS_FILE: 'providers.json' };
  const seen = Object.keys(serviceEnvironment(router, variables));
  expect(seen).toEqual([...ofRouter, 'OUR_OWN_API_KEY', 'WEIR_PROVIDERS_FILE']);
});

test.each([
  ['--inspect --max-old-space-size=500', ' --max-old-space-size=500'],
  ['--enable-source-maps --inspect-brk=0.0.0.0:9229', '--enable-source-maps'],
  ['--cpu-prof --cpu-prof-dir=/tmp', ''],
])('of the options %s no service gets those of a debugger, which there can be one of', (given, seen) => {
  expect(systemEnvironment({ NODE_OPTIONS: given })).toEqual({ NODE_OPTIONS: seen });
});

test('a provider is real when all that it requires is set', () => {
  expect(realProviders(everything)).toEqual(['openai', 'ollama', 'groq']);
  expect(realProviders({ OPENAI_BASE_URL: 'http://elsewhere', AZURE_OPENAI_API_KEY: 'x' })).toEqual([]);
  expect(realProviders({ WEIR_PROVIDERS_FILE: 'providers.json' })).toEqual(['those of WEIR_PROVIDERS_FILE']);
});
