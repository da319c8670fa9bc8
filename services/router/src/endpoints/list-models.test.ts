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

test('models are listed in the order of their providers, by names that lead to them', async () => {
  const catalogue = new Catalogue([
    namedProvider('a', [{ id: 'small' }, { id: 'large' }]),
    namedProvider('b', [{ id: 'large' }]),
  ]);
  expect(await list(catalogue)).toEqual([
    ['small', 'a'],
    ['large', 'a'],
    ['b/large', 'b'],
  ]);
});

test('what a provider says later that it has is listed from then on', async () => {
  const provider = namedProvider('a');
  const catalogue = new Catalogue([provider]);
  expect(await list(catalogue)).toEqual([]);
  catalogue.replaceModels(provider, [{ id: 'new' }]);
  expect(await list(catalogue)).toEqual([['new', 'a']]);
});
