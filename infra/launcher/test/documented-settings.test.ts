import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { presets } from '@weir/router/providers/presets';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '../../..');

/** The names of environment variables in a text. */
const variablesIn = (text: string): string[] => text.match(/\b[A-Z]+(_[A-Z]+)+\b/g) ?? [];
const variablesOf = (file: string) => variablesIn(readFileSync(join(root, file), 'utf8'));

const ofProviders = variablesIn(JSON.stringify(presets));
const configs = [
  'libs/service-kit/src/kit-config.ts',
  'libs/service-kit/src/crypto/master-keys-config.ts',
  ...globSync('services/*/src/config.ts', { cwd: root }),
];
const ofServices = configs.flatMap(variablesOf);

test('every setting that a service reads is explained in weir.env.example', () => {
  expect(ofServices).toContain('WEIR_PORT');
  expect(variablesOf('weir.env.example')).toEqual(expect.arrayContaining([...ofServices, ...ofProviders]));
});

test("docker compose hands every provider's variables on", () => {
  expect(ofProviders).toContain('OPENAI_API_KEY');
  expect(variablesOf('docker-compose.yml')).toEqual(expect.arrayContaining(ofProviders));
});
