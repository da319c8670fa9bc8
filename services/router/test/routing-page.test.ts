import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createConfigAdmin } from './config-admin.ts';
import { aBucketEntry } from './stored-keys.ts';

const page = readFileSync(new URL('../../../docs/routing.md', import.meta.url), 'utf8');
const examples = [...page.matchAll(/```json\n(.*?)```/gs)].map(([, text = '']) => text);

/** Every provider that an example names. */
const env = {
  OPENAI_API_KEY: 'sk-operator',
  ANTHROPIC_API_KEY: 'sk-operator',
  MISTRAL_API_KEY: 'sk-operator',
  GROQ_API_KEY: 'sk-operator',
  TOGETHER_API_KEY: 'sk-operator',
  AZURE_OPENAI_API_KEY: 'sk-operator',
  AZURE_OPENAI_ENDPOINT: 'https://weir.openai.azure.com',
  VLLM_BASE_URL: 'https://vllm.example.com/v1',
  OLLAMA_HOST: 'https://ollama.example.com',
};

test('the page for platform teams has examples', () => {
  expect(examples.length).toBeGreaterThan(10);
});

test.each(examples)('every config in docs/routing.md works as it stands: %s', async (text) => {
  const { sealText, writeSealed, credentialStore } = createConfigAdmin({ env });
  await credentialStore.put('1', aBucketEntry({ name: 'batch-account' }));
  await credentialStore.put('2', aBucketEntry({ name: 'claude-eu', provider: 'anthropic' }));
  const { warnings } = await writeSealed({ name: 'example', sealedConfig: sealText(text) });
  expect(warnings).toEqual([]);
});
