import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { settingsOf } from '@weir/contracts/settings';
import { parseConfig } from '@weir/service-kit/config';
import { createLogger } from '@weir/service-kit/logger';
import { expect, onTestFinished, test } from 'vitest';
import { chooseEmbedder } from '../src/choose-embedder.ts';
import { embedderConfigSchema } from '../src/embedder-config.ts';
import { modelFiles } from '../src/transformers/model-folder.ts';
import { startEndpoint } from './embeddings-endpoint.ts';

const logger = createLogger({ service: 'cache', instance: 'test', level: 'silent' });

async function choose(environment: Record<string, string>, stateDir = '/nowhere') {
  const [settings] = parseConfig([embedderConfigSchema], environment);
  const chosen = await chooseEmbedder({ ...settings, stateDir, logger });
  onTestFinished(() => chosen.embedder.close());
  return { model: chosen.embedder.model, degraded: chosen.degraded };
}

/** A state folder with a model in it whose files are no model. */
async function withBrokenModel(name: string): Promise<string> {
  const stateDir = await mkdtemp(join(tmpdir(), 'weir-embeddings-'));
  onTestFinished(() => rm(stateDir, { recursive: true }));
  await mkdir(join(stateDir, 'models', name, 'onnx'), { recursive: true });
  for (const file of modelFiles) await writeFile(join(stateDir, 'models', name, file), '{}');
  return stateDir;
}

test('without settings and without a model, n-grams stand in, and it is said where the model would be', async () => {
  const { model, degraded } = await choose({});
  expect(model).toBe('builtin-ngrams');
  expect(degraded).toContain(
    'there is no onnx/model_quantized.onnx in /nowhere/models/multilingual-e5-small.',
  );
});

test.each([
  ['/models/mine', '/models/mine.'],
  ['./mine', `${process.cwd()}/mine.`],
  ['acme/mine', '/nowhere/models/acme/mine.'],
])('a model that is given as %s is looked for in %s', async (WEIR_EMBEDDER_MODEL, folder) => {
  expect((await choose({ WEIR_EMBEDDER_MODEL })).degraded).toContain(folder);
});

test('a model that is broken is no crash', async () => {
  const stateDir = await withBrokenModel('mine');
  const { model, degraded } = await choose({ WEIR_EMBEDDER_MODEL: 'mine' }, stateDir);
  expect(model).toBe('builtin-ngrams');
  expect(degraded).toContain(`the model in ${stateDir}/models/mine cannot be loaded`);
});

test('a URL is enough to choose its endpoint', async () => {
  const { url } = await startEndpoint();
  expect(await choose({ WEIR_EMBEDDER_URL: url, WEIR_EMBEDDER_MODEL: 'm' })).toEqual({ model: 'm' });
});

test.each([
  [{ WEIR_EMBEDDER: 'http' }, 'needs WEIR_EMBEDDER_URL'],
  [{ WEIR_EMBEDDER_URL: 'http://127.0.0.1:1/v1' }, 'no vector came from WEIR_EMBEDDER_URL'],
])('an endpoint that is not there is no crash: %o', async (environment, reason) => {
  const { model, degraded } = await choose(environment);
  expect(model).toBe('builtin-ngrams');
  expect(degraded).toContain(reason);
});

test('the key of an endpoint is a secret, and a time-out must be one', () => {
  const key = settingsOf(embedderConfigSchema).find(({ name }) => name === 'WEIR_EMBEDDER_API_KEY');
  expect(key?.secret).toBe(true);
  expect(() => parseConfig([embedderConfigSchema], { WEIR_EMBEDDER_TIMEOUT_MS: 'soon' })).toThrow(
    'milliseconds',
  );
});

test('n-grams that are asked for stand in for nothing', async () => {
  expect(await choose({ WEIR_EMBEDDER: 'builtin' })).toEqual({ model: 'builtin-ngrams' });
});
