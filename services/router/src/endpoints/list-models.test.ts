import type { RoutingAccess } from '@weir/contracts/access-policy';
import { listModels } from '@weir/contracts/router';
import { testEnvelope } from '@weir/testkit/envelope';
import { expect, test } from 'vitest';
import { namedProvider } from '../../test/routing-world.ts';
import { TenantCatalogues } from '../domain/tenant-catalogues.ts';
import { TenantProviders } from '../domain/tenant-providers.ts';
import type { Provider } from '../domain/provider.ts';
import { createListModels } from './list-models.ts';

const cataloguesOf = (...providers: Provider[]) =>
  new TenantCatalogues({ providers: new TenantProviders({ providers }) });

const list = async (catalogues: TenantCatalogues, access?: RoutingAccess) => {
  const signal = new AbortController().signal;
  const envelope = { ...testEnvelope(), ...(access && { access }) };
  const reply = await createListModels(catalogues)({ data: {}, envelope, signal });
  return listModels.reply.parse(reply).data.map(({ id, owned_by: owner }) => [id, owner]);
};

const [openai, openrouter] = [
  namedProvider('openai', [{ id: 'gpt-5' }]),
  namedProvider('openrouter', [{ id: 'gpt-5' }, { id: 'meta/llama-4' }]),
];

test('every model that is listed can be requested by its name, which leads to the provider that it names', async () => {
  const catalogues = cataloguesOf(openai, openrouter);
  const models = await list(catalogues);
  expect(models.map(([id]) => id)).toEqual(['gpt-5', 'openrouter/gpt-5', 'meta/llama-4']);
  for (const [id = '', owner] of models) {
    expect(catalogues.of('default').resolve(id).provider.name).toBe(owner);
  }
});

test('what a provider says later that it has is listed from then on', async () => {
  const catalogues = cataloguesOf({ ...namedProvider('a'), discoversModels: true });
  expect(await list(catalogues)).toEqual([]);
  for (const listing of catalogues.listings()) catalogues.setList(listing, [{ id: 'new' }]);
  expect(await list(catalogues)).toEqual([['new', 'a']]);
});

test.each<[RoutingAccess, string[]]>([
  [{ models: [['gpt-*']] }, ['gpt-5', 'openrouter/gpt-5']],
  [{ models: [['openrouter/*']] }, ['openrouter/gpt-5', 'meta/llama-4']],
  [{ models: [['gpt-*'], ['openai/*']] }, ['gpt-5']],
  [{ providers: [['openrouter']], models: [['*']] }, ['openrouter/gpt-5', 'meta/llama-4']],
  [{ models: [[]] }, []],
])('a key sees the models that it may use: %j', async (access, ids) => {
  expect((await list(cataloguesOf(openai, openrouter), access)).map(([id]) => id)).toEqual(ids);
});
