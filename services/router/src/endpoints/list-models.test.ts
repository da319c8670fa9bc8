import { listModels } from '@weir/contracts/router';
import { testEnvelope } from '@weir/testkit/envelope';
import { expect, test } from 'vitest';
import { aProvider } from '../../test/a-provider.ts';
import { Catalogue } from '../domain/catalogue.ts';
import { createListModels } from './list-models.ts';

test('every model that is listed can be asked for by its name, which leads to the provider that it names', async () => {
  const catalogue = new Catalogue([
    aProvider({ name: 'openai', models: [{ id: 'gpt-5' }] }),
    aProvider({ name: 'openrouter', models: [{ id: 'gpt-5' }, { id: 'meta/llama-4' }] }),
  ]);
  const { signal } = new AbortController();
  const answer = await createListModels(catalogue)({ data: {}, envelope: testEnvelope(), signal });
  const { data: models } = listModels.reply.parse(answer);
  expect(models.map(({ id }) => id)).toEqual(['gpt-5', 'openrouter/gpt-5', 'meta/llama-4']);
  for (const { id, owned_by: owner } of models) expect(catalogue.resolve(id).provider.name).toBe(owner);
});
