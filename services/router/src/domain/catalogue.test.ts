import { expect, test } from 'vitest';
import { aProvider } from '../../test/a-provider.ts';
import { Catalogue } from './catalogue.ts';
import type { Provider, ProviderModel } from './provider.ts';

const provider = (name: string, models: ProviderModel[]) => aProvider({ name, models });
const openai = provider('openai', [{ id: 'gpt-5', maxOutputTokens: 128_000 }]);
const leader: Provider = {
  ...provider('leader', [{ id: 'gpt-5', maxOutputTokens: 128_000 }]),
  modelNamePattern: /^gpt-/,
};
const router = provider('openrouter', [{ id: 'openai/gpt-5' }, { id: 'meta/llama-4' }, { id: 'gpt-5' }]);
const ollama = provider('ollama', [{ id: 'llama3.2', aliases: ['llama3.2:latest'] }]);
const catalogue = () => new Catalogue([openai, router, ollama]);

test.each([
  ['gpt-5', openai, 'gpt-5', 128_000],
  ['openai/gpt-5', openai, 'gpt-5', 128_000],
  ['openai/not-listed', openai, 'not-listed', undefined],
  ['openrouter/openai/gpt-5', router, 'openai/gpt-5', undefined],
  ['openrouter/gpt-5', router, 'gpt-5', undefined],
  ['meta/llama-4', router, 'meta/llama-4', undefined],
  ['llama3.2:latest', ollama, 'llama3.2:latest', undefined],
])('%s leads to the right provider', (name, expected, id, maxOutputTokens) => {
  const entry = catalogue().resolve(name);
  expect(entry.provider).toBe(expected);
  expect(entry.model.id).toBe(id);
  expect(entry.model.maxOutputTokens).toBe(maxOutputTokens);
});

test.each(['nope', 'nobody/gpt-5', 'openai/', '/gpt-5', '__proto__'])(
  'a name that leads nowhere is told: %s',
  (name) => {
    expect(() => catalogue().resolve(name)).toThrow(
      expect.objectContaining({
        code: 'model_not_found',
        message: `The model "${name}" does not exist.`,
        details: { param: 'model' },
      }),
    );
  },
);

test.each([
  'openai/\ud800',
  '\udc00',
  'openai/..',
  'openai/.',
  'openai/../x',
  'openai/x/..',
  'openai/a\nb',
  'a\0',
])('a name that no provider could be asked for is told, and nobody is asked: %j', (name) => {
  expect(() => catalogue().resolve(name)).toThrow(expect.objectContaining({ code: 'model_not_found' }));
});

test('a name goes as it is, but for a prefix that names a provider', () => {
  const cloudflare = '@cf/meta/llama-3.1-8b-instruct';
  const cf = provider('cf', [{ id: cloudflare }]);
  const groq = provider('groq', [{ id: 'groq/compound' }]);
  const all = new Catalogue([openai, cf, groq]);
  const custom = aProvider({ name: 'custom', isOfConfig: true, isPublicHostOnly: true });
  const at = (target: Provider, name: string) => all.resolveAt(target, name).model.id;
  expect(all.resolve(cloudflare)).toMatchObject({ provider: cf, model: { id: cloudflare } });
  expect(all.resolve(`cf/${cloudflare}`)).toMatchObject({ provider: cf, model: { id: cloudflare } });
  expect(all.resolve('@openai/gpt-5')).toMatchObject({ provider: openai, model: { id: 'gpt-5' } });
  expect(all.resolve('@openai/not-listed')).toMatchObject({ provider: openai, model: { id: 'not-listed' } });
  expect(all.resolve('groq/compound')).toMatchObject({ provider: groq, model: { id: 'groq/compound' } });
  expect(all.resolve('groq/llama').model.id).toBe('llama');
  for (const name of [cloudflare, '@gpt-5', 'custom/own', 'gpt-5']) expect(at(custom, name)).toBe(name);
  expect(at(openai, cloudflare)).toBe(cloudflare);
  expect(at(openai, '@openai/gpt-5')).toBe('gpt-5');
  expect(at(openai, 'openai/gpt-5')).toBe('gpt-5');
  expect(at(aProvider({ name: 'openai', isPublicHostOnly: true }), 'openai/gpt-5')).toBe('gpt-5');
  expect(() => all.resolve('@gpt-5')).toThrow(expect.objectContaining({ code: 'model_not_found' }));
});

test('a name that nobody lists goes to the provider whose models are named so', () => {
  const providers = [leader, provider('vllm', [{ id: 'gpt-oss' }])];
  const all = new Catalogue(providers);
  expect(all.resolve('gpt-next')).toEqual({ provider: leader, model: { id: 'gpt-next' } });
  expect(all.resolve('gpt-oss').provider.name).toBe('vllm');
  const listed = new Catalogue(providers, new Map([[leader, [{ id: 'gpt-6' }]]]));
  expect(listed.resolve('gpt-5')).toMatchObject({ provider: leader, model: { maxOutputTokens: 128_000 } });
});

test('as long as a provider has not listed its models, a name that nobody knows is not said to lead nowhere', () => {
  const discovering = { ...ollama, models: [], discoversModels: true };
  const all = new Catalogue([openai, discovering]);
  expect(() => all.resolve('llama3.2')).toThrow(
    expect.objectContaining({
      code: 'service_unavailable',
      message: expect.stringContaining('"llama3.2"') as string,
      details: { param: 'model' },
    }),
  );
  expect(all.resolve('gpt-5').provider).toBe(openai);
  expect(() => all.resolve('openai/..')).toThrow(expect.objectContaining({ code: 'model_not_found' }));
  const listed = new Catalogue([openai, discovering], new Map([[discovering, []]]));
  expect(() => listed.resolve('llama3.2')).toThrow(expect.objectContaining({ code: 'model_not_found' }));
});

test('a provider that has no list of its models keeps no name in doubt', () => {
  const discovering = { ...openai, discoversModels: true };
  const all = new Catalogue([discovering], new Map([[discovering, discovering.models]]));
  expect(() => all.resolve('nope')).toThrow(expect.objectContaining({ code: 'model_not_found' }));
  expect(all.resolve('gpt-5').provider).toBe(discovering);
});

test('every listed name leads to the model that it stands for', () => {
  const all = catalogue();
  const listed = all.list();
  expect(listed.map(({ id }) => id)).toEqual([
    'gpt-5',
    'openrouter/openai/gpt-5',
    'meta/llama-4',
    'openrouter/gpt-5',
    'llama3.2',
  ]);
  for (const { id, owned_by: owner } of listed) expect(all.resolve(id).provider.name).toBe(owner);
});

test('a list replaces what was known and keeps the limits that it does not tell', () => {
  const listing = (models: ProviderModel[]) =>
    new Catalogue([openai, router, ollama], new Map([[openai, models]]));
  const all = listing([{ id: 'gpt-5', createdAtS: 7 }, { id: 'gpt-6' }]);
  expect(all.resolve('gpt-5').model).toMatchObject({ maxOutputTokens: 128_000, createdAtS: 7 });
  expect(all.resolve('gpt-6').provider).toBe(openai);
  expect(listing([]).resolve('gpt-5').provider).toBe(router);
});
