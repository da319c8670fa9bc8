import { expect, test } from 'vitest';
import { aProvider } from '../../test/a-provider.ts';
import { aCredential, credentialIndex } from '../../test/credential-index.ts';
import { toCredential } from '../providers/credential.ts';
import { TenantCatalogues } from './tenant-catalogues.ts';
import { TenantProviders } from './tenant-providers.ts';

const models = [{ id: 'llama-4', contextTokens: 1_000 }];
const openai = aProvider({
  name: 'openai',
  credentials: [toCredential('sk-env')],
  models: [{ id: 'gpt-5' }],
  discoversModels: true,
});
const groq = aProvider({ name: 'groq', needsStoredCredential: true, models, discoversModels: true });

function aCatalogue(index = credentialIndex(), all = [openai, groq]) {
  const providers = new TenantProviders({ providers: all, credentials: index });
  const catalogues = new TenantCatalogues({ providers });
  const ids = (tenant: string) =>
    catalogues
      .of(tenant)
      .list()
      .map(({ id }) => id);
  const list = (key: string, ...listed: string[]) => {
    const listing = catalogues.listings().find((each) => each.key === key);
    if (!listing) throw new Error(`There is no listing ${key}.`);
    catalogues.setList(
      listing,
      listed.map((id) => ({ id })),
    );
  };
  return { catalogues, ids, list };
}

test('a provider without a key is there for those for whom one is stored, for as long as it is', () => {
  const index = credentialIndex();
  const { catalogues, ids } = aCatalogue(index);
  expect(ids('acme')).toEqual(['gpt-5']);
  index.add(aCredential('own', { provider: 'groq', organisation: 'acme' }));
  expect(ids('acme')).toEqual(['gpt-5', 'llama-4']);
  expect(catalogues.of('acme').resolve('groq/any').provider.credentials).toMatchObject([{ id: 'own' }]);
  expect(ids('other')).toEqual(['gpt-5']);
  expect(() => catalogues.of('other').resolve('groq/any')).toThrow('"groq/any"');
  index.add(aCredential('shared', { provider: 'groq' }));
  expect(ids('other')).toEqual(['gpt-5', 'llama-4']);
  index.remove('own');
  index.remove('shared');
  expect(ids('acme')).toEqual(['gpt-5']);
});

test("what an organisation's own credential has listed nobody else sees", () => {
  const { ids, list } = aCatalogue(credentialIndex(aCredential('own', { organisation: 'acme' })));
  list('openai', 'gpt-5', 'gpt-6');
  list('openai of acme', 'gpt-5', 'ft:gpt-5:acme');
  expect(ids('acme')).toEqual(['gpt-5', 'ft:gpt-5:acme']);
  expect(ids('other')).toEqual(['gpt-5', 'gpt-6']);
});

test('each provider is listed once for all, and once for each organisation that has credentials of its own there', () => {
  const index = credentialIndex(
    aCredential('a', { organisation: 'acme' }),
    aCredential('b', { organisation: 'rival', provider: 'groq' }),
  );
  const { catalogues } = aCatalogue(index);
  const keys = () => catalogues.listings().map(({ key }) => key);
  expect(keys()).toEqual(['openai', 'openai of acme', 'groq of rival']);
  index.add(aCredential('c', { provider: 'groq' }));
  expect(keys()).toEqual(['openai', 'groq', 'openai of acme', 'groq of rival']);
});

test('a list outlives the change of another credential, and keeps the limits that are known', () => {
  const index = credentialIndex(aCredential('a', { provider: 'groq' }));
  const { catalogues, list } = aCatalogue(index);
  list('groq', 'llama-4', 'llama-5');
  index.add(aCredential('b'));
  expect(catalogues.of('acme').resolve('llama-4').model.contextTokens).toBe(1_000);
  expect(catalogues.of('acme').resolve('llama-5').provider.name).toBe('groq');
  catalogues.deleteList('groq');
  expect(() => catalogues.of('acme').resolve('llama-5')).toThrow('"llama-5"');
});

test("with a stored key the real provider's models take the place of the demo's, for those who may use it", () => {
  const demo = aProvider({ name: 'openai', models: [{ id: 'gpt-demo' }], standsInFor: openai });
  const { catalogues, ids, list } = aCatalogue(
    credentialIndex(aCredential('own', { organisation: 'acme' })),
    [demo],
  );
  expect(catalogues.listings().map(({ key }) => key)).toEqual(['openai of acme']);
  expect([ids('acme'), ids('other')]).toEqual([['gpt-5'], ['gpt-demo']]);
  list('openai of acme', 'gpt-6');
  expect([ids('acme'), ids('other')]).toEqual([['gpt-6'], ['gpt-demo']]);
});
