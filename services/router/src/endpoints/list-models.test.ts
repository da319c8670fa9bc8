import { listModels } from '@weir/contracts/router';
import { testEnvelope } from '@weir/testkit/envelope';
import { expect, test } from 'vitest';
import { namedProvider } from '../../test/routing-world.ts';
import { Catalogue } from '../domain/catalogue.ts';
import { createListModels } from './list-models.ts';

const list = async (catalogue: Catalogue) => {
  const signal = new AbortController().signal;
  const reply = await createListModels(catalogue)({ data: {}, envelope: testEnvelope(), signal });
  return listModels.reply.parse(reply).data.map(({ id, owned_by: owner }) => [id, owner]);
};

test('every model that is listed can be requested by its name, which leads to the provider that it names', async () => {
  const catalogue = new Catalogue([
    namedProvider('openai', [{ id: 'gpt-5' }]),
    namedProvider('openrouter', [{ id: 'gpt-5' }, { id: 'meta/llama-4' }]),
  ]);
  const models = await list(catalogue);
  expect(models.map(([id]) => id)).toEqual(['gpt-5', 'openrouter/gpt-5', 'meta/llama-4']);
  for (const [id = '', owner] of models) expect(catalogue.resolve(id).provider.name).toBe(owner);
});

test('what a provider says later that it has is listed from then on', async () => {
  const provider = namedProvider('a');
  const catalogue = new Catalogue([provider]);
  expect(await list(catalogue)).toEqual([]);
  catalogue.replaceModels(provider, [{ id: 'new' }]);
  expect(await list(catalogue)).toEqual([['new', 'a']]);
});
