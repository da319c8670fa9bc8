import type { ProviderCredential } from '@weir/contracts/keys/credentials';
import { Fault } from '@weir/service-kit/fault';
import { expect, test } from 'vitest';
import { createConfigAdmin } from '../../test/config-admin.ts';
import { aBucketEntry } from '../../test/stored-keys.ts';
import { providerOfTarget } from '../domain/routing/target-provider.ts';

/** Configs beside stored credentials: OpenAI and Anthropic have keys in the environment, Groq has none. */
async function withCredentials(stored: Record<string, Partial<ProviderCredential>>) {
  const admin = createConfigAdmin();
  for (const [id, fields] of Object.entries(stored)) {
    await admin.credentialStore.put(id, aBucketEntry({ name: id, ...fields }));
  }
  const compile = (config: object, tenant: string) =>
    admin.configs.resolve(admin.sealText(JSON.stringify(config)), tenant).compiled;
  return {
    ...admin,
    /** The provider that an inline config leads a tenant's request to, and the credentials that it is asked with. */
    providerOf: (config: object, tenant = 'acme') => {
      const { root } = compile(config, tenant);
      if (root.kind === 'group') throw new Error('It is a group.');
      const provider = providerOfTarget(root, tenant, admin.providers);
      if (!provider || provider instanceof Fault) throw new Error('There is no provider.');
      return [provider.name, ...provider.credentials.map(({ fingerprint }) => fingerprint)];
    },
    refusalOf: (config: object, tenant = 'acme') => {
      try {
        compile(config, tenant);
      } catch (thrown) {
        const { code, message, details } = Fault.from(thrown);
        return { code, message, param: details.param };
      }
      throw new Error('It was taken.');
    },
  };
}

test.each(['credential', 'virtual_key', 'virtualKey'])('%s names a stored credential', async (field) => {
  const { providerOf } = await withCredentials({
    prod: { provider: 'groq' },
    openai: { provider: 'openai' },
  });
  expect(providerOf({ [field]: 'prod' })).toEqual(['groq', 'prod']);
  expect(providerOf({ provider: 'groq', [field]: 'prod' })).toEqual(['groq', 'prod']);
  // A credential of that name goes before the provider of that name.
  expect(providerOf({ [field]: 'openai' })).toEqual(['openai', 'openai']);
  expect(providerOf({ [field]: 'anthropic' })[0]).toBe('anthropic');
});

test("of one name the organisation's own goes before a shared one", async () => {
  const { providerOf, credentialStore } = await withCredentials({
    1: { name: 'prod', organisation: 'acme' },
    2: { name: 'prod' },
  });
  expect(providerOf({ credential: 'prod' })).toEqual(['openai', '1']);
  expect(providerOf({ credential: 'prod' }, 'other')).toEqual(['openai', '2']);
  await credentialStore.put('1', aBucketEntry({ name: 'prod', organisation: 'acme', enabled: false }));
  expect(providerOf({ credential: 'prod' })).toEqual(['openai', '2']);
});

test('a provider that stands beside has to be that of the credential', async () => {
  const { refusalOf } = await withCredentials({ prod: { provider: 'groq' } });
  expect(refusalOf({ provider: 'openai', virtual_key: 'prod' })).toMatchObject({
    code: 'invalid_config',
    message: 'virtual_key is not for the "provider" beside it.',
    param: 'virtual_key',
  });
  expect(refusalOf({ provider: 'openai', virtual_key: 'anthropic' })).toMatchObject({ param: 'virtual_key' });
});

test('a name that is not known is an invalid config, wherever it stands', async () => {
  const { refusalOf } = await withCredentials({});
  expect(refusalOf({ virtual_key: 'nope' })).toMatchObject({
    code: 'invalid_config',
    message: expect.stringMatching(/^virtual_key "nope" is not known; /) as string,
    param: 'virtual_key',
  });
  const nested = {
    strategy: { mode: 'fallback' },
    targets: [{ provider: 'openai' }, { credential: 'nope' }],
  };
  expect(refusalOf(nested).param).toBe('targets[1].credential');
  expect(refusalOf({ mirror: { credential: 'nope' } }).param).toBe('mirror.credential');
  expect(refusalOf({ credential: 'sk-of-somebody-1234' }).message).not.toContain('sk-of');
});

test("another organisation's credential is answered like one that does not exist", async () => {
  const { refusalOf, providerOf } = await withCredentials({
    theirs: { provider: 'groq', organisation: 'rival' },
  });
  const { refusalOf: refusalWithout } = await withCredentials({});
  for (const config of [
    { virtual_key: 'theirs' },
    { provider: 'groq', credential: 'theirs' },
    { provider: 'groq' },
  ]) {
    expect(refusalOf(config)).toEqual(refusalWithout(config));
    expect(providerOf(config, 'rival')).toEqual(['groq', 'theirs']);
  }
});

test('a stored key never goes to an address that a config names, nor in the place of a key that it brings', async () => {
  const { refusalOf, providerOf } = await withCredentials({ prod: {} });
  const elsewhere = { custom_host: 'https://llm.example.com/v1' };
  expect(refusalOf({ virtual_key: 'prod', ...elsewhere })).toMatchObject({ param: 'virtual_key' });
  expect(refusalOf({ credential: 'prod', ...elsewhere })).toMatchObject({ param: 'custom_host' });
  expect(refusalOf({ credential: 'prod', api_key: 'sk' })).toMatchObject({ param: 'api_key' });
  expect(providerOf({ provider: 'openai', ...elsewhere })).toEqual(['openai']);
  expect(providerOf({ virtual_key: 'openai', ...elsewhere })).toEqual(['openai']);
  expect(providerOf({ provider: 'groq', api_key: 'sk' })).not.toContain('prod');
});

test('an inline config that is kept follows credentials that come and go', async () => {
  const { configs, sealText, credentialStore } = await withCredentials({});
  const token = sealText('{"provider":"groq"}');
  const resolve = () => configs.resolve(token, 'acme').name;
  expect(resolve).toThrow('provider "groq" is not configured with a key');
  await credentialStore.put('1', aBucketEntry({ provider: 'groq' }));
  expect(resolve()).toBe('inline');
  await credentialStore.put('1', aBucketEntry({ provider: 'groq', enabled: false }));
  expect(resolve).toThrow('provider "groq" is not configured with a key');
});

test('a stored config may name credentials that are not there, which its warnings say for as long as it is so', async () => {
  const { write, read, list, credentialStore, configs } = await withCredentials({});
  const config = {
    strategy: { mode: 'fallback' },
    targets: [{ credential: 'later' }, { provider: 'groq' }, { provider: 'openai' }],
  };
  const warnings = [
    expect.stringMatching(/^targets\[0\]\.credential "later" is not known; /) as string,
    expect.stringMatching(/^targets\[1\]\.provider "groq" is not configured with a key/) as string,
  ];
  expect((await write('chat', config)).warnings).toEqual(warnings);
  expect((await read({ name: 'chat' })).warnings).toEqual(warnings);
  expect(configs.resolve('chat', 'acme').name).toBe('chat');
  await credentialStore.put('1', aBucketEntry({ name: 'later', provider: 'groq', organisation: 'acme' }));
  expect((await list({ limit: 1 })).data[0]?.warnings).toEqual([]);
});
