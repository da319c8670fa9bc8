import fc from 'fast-check';
import { expect, test } from 'vitest';
import { aProvider } from '../../test/a-provider.ts';
import { aCredential, credentialIndex } from '../../test/credential-index.ts';
import { toCredential } from '../providers/credential.ts';
import { TenantProviders } from './tenant-providers.ts';
import type { Provider } from './provider.ts';

const openai = aProvider({ name: 'openai', credentials: [toCredential('sk-env')] });
const groq = aProvider({ name: 'groq', needsStoredCredential: true });
const ofConfig = aProvider({ name: 'openai', isOfConfig: true });

const tenantProviders = (index = credentialIndex()) =>
  new TenantProviders({ providers: [openai, groq], credentials: index });

const shown = (provider: Provider | undefined) => provider?.credentials.map(({ fingerprint }) => fingerprint);

test("where nothing is stored, a provider is the operator's own object, and one without a key is nobody's", () => {
  const providers = tenantProviders();
  expect(providers.forTenant(openai, 'acme')).toBe(openai);
  expect(providers.forTenant(groq, 'acme')).toBeUndefined();
});

test("an organisation's own credentials take the place of all others, at their provider alone", () => {
  const index = credentialIndex(
    aCredential('own', { organisation: 'acme' }),
    aCredential('shared-groq', { provider: 'groq' }),
    aCredential('shared'),
  );
  const providers = tenantProviders(index);
  const env = toCredential('sk-env').fingerprint;
  expect(shown(providers.forTenant(openai, 'acme'))).toEqual(['own']);
  expect(shown(providers.forTenant(openai, 'other'))).toEqual(['shared', env]);
  expect(shown(providers.forTenant(groq, 'acme'))).toEqual(['shared-groq']);
  expect(providers.forTenant(groq, 'acme')).toBe(providers.forTenant(groq, 'other'));
  expect(providers.forTenant(ofConfig, 'acme')).toBe(ofConfig);
});

test('a provider stays the same object until a stored credential changes, and follows the change', () => {
  const index = credentialIndex(aCredential('one', { provider: 'groq' }));
  const providers = tenantProviders(index);
  const before = providers.forTenant(groq, 'acme');
  expect(providers.forTenant(groq, 'acme')).toBe(before);
  index.add(aCredential('two', { provider: 'groq' }));
  expect(shown(providers.forTenant(groq, 'acme'))).toEqual(['one', 'two']);
  index.remove('one');
  index.remove('two');
  expect(providers.forTenant(groq, 'acme')).toBeUndefined();
});

test('a name is a credential of the own organisation, else a shared one, and never another’s', () => {
  const index = credentialIndex(
    aCredential('1', { name: 'prod', organisation: 'acme' }),
    aCredential('2', { name: 'prod' }),
    aCredential('3', { name: 'secret', organisation: 'rival' }),
  );
  const providers = tenantProviders(index);
  expect(providers.credentialNamed('prod', 'acme')?.id).toBe('1');
  expect(providers.credentialNamed('prod', 'other')?.id).toBe('2');
  expect(providers.credentialNamed('secret', 'acme')).toBeUndefined();
  expect(providers.isCredentialName('secret')).toBe(true);
  expect(providers.isCredentialName('nope')).toBe(false);
});

test("a real key never goes to the demo's provider", () => {
  const demo = aProvider({
    name: 'openai',
    baseUrl: 'http://127.0.0.1:1/v1',
    credentials: [toCredential('demo')],
    standsInFor: aProvider({
      name: 'openai',
      baseUrl: 'https://api.openai.com/v1',
      needsStoredCredential: true,
    }),
  });
  const credentials = credentialIndex(aCredential('real', { organisation: 'acme' }));
  const providers = new TenantProviders({ providers: [demo], credentials });
  const real = providers.forTenant(demo, 'acme');
  expect(real?.baseUrl).toBe('https://api.openai.com/v1');
  expect(shown(real)).toEqual(['real']);
  expect(providers.forTenant(demo, 'other')).toBe(demo);
  credentials.add(aCredential('shared'));
  expect(shown(providers.forTenant(demo, 'other'))).toEqual(['shared']);
});

const credentials = fc.uniqueArray(
  fc.record({
    id: fc.stringMatching(/^[a-f]{3}$/),
    provider: fc.constantFrom('openai', 'groq'),
    organisation: fc.constantFrom(undefined, 'acme', 'rival'),
  }),
  { selector: ({ id }) => id, maxLength: 8 },
);

test('nobody is ever given a credential of another organisation', () => {
  fc.assert(
    fc.property(credentials, (stored) => {
      const index = credentialIndex(...stored.map(({ id, ...fields }) => aCredential(id, fields)));
      const providers = tenantProviders(index);
      for (const tenant of ['acme', 'rival', 'other']) {
        for (const provider of [openai, groq]) {
          const ofProvider = stored.filter((each) => each.provider === provider.name);
          const own = ofProvider.filter(({ organisation }) => organisation === tenant);
          const shared = ofProvider.filter(({ organisation }) => organisation === undefined);
          const expected =
            own.length > 0
              ? own.map(({ id }) => id)
              : [
                  ...shared.map(({ id }) => id),
                  ...provider.credentials.map(({ fingerprint }) => fingerprint),
                ];
          expect(new Set(shown(providers.forTenant(provider, tenant)) ?? [])).toEqual(new Set(expected));
        }
      }
    }),
  );
});
