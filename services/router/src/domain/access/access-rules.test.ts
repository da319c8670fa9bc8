import type { RoutingAccess } from '@weir/contracts/access-policy';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { aProvider } from '../../../test/a-provider.ts';
import { AccessRulesCache } from './access-rules-cache.ts';
import { compileAccess, findForbidden, type Use } from './access-rules.ts';
import { compileNamePattern } from '@weir/service-kit/name-pattern';

const openai = aProvider({ name: 'openai' });

const use = (fields: Partial<Use> = {}): Use => ({
  provider: openai,
  model: 'gpt-5',
  furtherModels: undefined,
  askedModel: undefined,
  isOfRequest: false,
  ...fields,
});

const forbidden = (access: RoutingAccess, fields?: Partial<Use>) =>
  findForbidden(compileAccess(access), use(fields));

test.each<[string, RoutingAccess, Partial<Use>, ReturnType<typeof findForbidden>]>([
  ['nothing that is not named is restricted', {}, {}, undefined],
  ['no list of several allows everything', { models: [], providers: [], customHosts: [] }, {}, undefined],
  ['an empty list allows nothing', { models: [[]] }, {}, 'model'],
  ['an empty list allows no provider', { providers: [[]] }, {}, 'provider'],
  ["a model by the provider's name for it", { models: [['gpt-5']] }, {}, undefined],
  ['a model with its provider', { models: [['openai/*']] }, {}, undefined],
  ["another provider's model of that name", { models: [['azure/gpt-5']] }, {}, 'model'],
  ['a model by the name that was asked for', { models: [['fast']] }, { askedModel: 'fast' }, undefined],
  ['each policy by itself', { models: [['openai/*'], ['fast']] }, { askedModel: 'fast' }, undefined],
  ['every policy', { models: [['*'], ['claude-*']] }, { askedModel: 'fast' }, 'model'],
  ['a provider of its name alone', { providers: [['open*']] }, {}, undefined],
  ['a provider that one policy names', { providers: [['openai'], ['azure']] }, {}, 'provider'],
  ['further models that are allowed', { models: [['gpt-*']] }, { furtherModels: ['gpt-4o'] }, undefined],
  ['one further model that is not', { models: [['gpt-*']] }, { furtherModels: ['gpt-4o', 'o3'] }, 'model'],
  [
    'further models in a form of its own',
    { models: [['gpt-*']] },
    { furtherModels: { first: 'gpt-4o' } },
    'model',
  ],
  [
    'further models, whatever was asked for',
    { models: [['fast']] },
    { askedModel: 'fast', furtherModels: ['o3'] },
    'model',
  ],
])('%s', (_, access, fields, expected) => {
  expect(forbidden(access, fields)).toBe(expected);
});

const host = (baseUrl: string) => aProvider({ baseUrl, isPublicHostOnly: true, isOfConfig: true });

test.each([
  ['llm.example.com', 'https://llm.example.com/v1', true],
  ['llm.example.com', 'https://LLM.example.com.:443/v1', true],
  ['llm.example.com', 'https://llm.example.com:8443/v1', false],
  ['llm.example.com', 'https://evil-llm.example.com/v1', false],
  ['*.example.com:8443', 'https://a.b.example.com:8443/v1', true],
  ['*.example.com', 'https://example.com/v1', false],
  ['*', 'https://anything.example:1/v1', true],
  ['https://llm.example.com', 'https://llm.example.com/v1', false],
])('a request may send to %s: %s', (pattern, baseUrl, isAllowed) => {
  const asked = { provider: host(baseUrl), isOfRequest: true };
  expect(forbidden({ customHosts: [[pattern]] }, asked)).toBe(isAllowed ? undefined : 'custom_host');
  expect(forbidden({ customHosts: [['*'], [pattern]] }, asked)).toBe(isAllowed ? undefined : 'custom_host');
});

test('the hosts of stored configs, and those of the operator, are nobody’s to restrict', () => {
  const access = { customHosts: [[]] };
  expect(
    forbidden(access, { provider: host('https://llm.example.com'), isOfRequest: false }),
  ).toBeUndefined();
  expect(forbidden(access, { provider: openai, isOfRequest: true })).toBeUndefined();
});

const name = fc.stringMatching(/^[ab](\/?[ab]){0,3}$/);
const pattern = fc.stringMatching(/^[ab*](\/?[ab*]){0,3}$/);
const lists = fc.option(fc.array(fc.array(pattern, { maxLength: 3 }), { maxLength: 3 }), { nil: undefined });
const uses = fc.record({
  provider: name.map((each) => aProvider({ name: each })),
  model: name,
  furtherModels: fc.option(fc.array(name, { maxLength: 2 }), { nil: undefined }),
  askedModel: fc.option(name, { nil: undefined }),
  isOfRequest: fc.boolean(),
});

test('what is allowed is what every list has a pattern for', () => {
  fc.assert(
    fc.property(lists, lists, uses, (models, providers, asked) => {
      const has = (list: string[], names: (string | undefined)[]) =>
        list.some((one) => names.some((each) => each !== undefined && compileNamePattern(one)(each)));
      const { provider, model, askedModel, furtherModels = [] } = asked;
      const isAllowed =
        (providers ?? []).every((list) => has(list, [provider.name])) &&
        (models ?? []).every(
          (list) =>
            has(list, [model, `${provider.name}/${model}`, askedModel]) &&
            furtherModels.every((each) => has(list, [each, `${provider.name}/${each}`])),
        );
      const access = { ...(models && { models }), ...(providers && { providers }) };
      expect(forbidden(access, asked) === undefined).toBe(isAllowed);
    }),
    { numRuns: 1_000 },
  );
});

test('another list takes away and never adds', () => {
  fc.assert(
    fc.property(lists, fc.array(pattern, { maxLength: 3 }), uses, (models, more, asked) => {
      const wider = forbidden({ ...(models && { models }) }, asked);
      if (wider) expect(forbidden({ models: [...(models ?? []), more] }, asked)).toBe(wider);
    }),
  );
});

test('rules are compiled once for what they say, and never taken for others', () => {
  const cache = new AccessRulesCache();
  const said = (): RoutingAccess => ({ models: [['a'], ['b']] });
  expect(cache.of(said())).toBe(cache.of(said()));
  const others: RoutingAccess[] = [
    { models: [['a', 'b']] },
    { providers: [['a'], ['b']] },
    {},
    { models: [] },
  ];
  for (const other of others) expect(cache.of(other)).not.toBe(cache.of(said()));
});

test('the rules of many keys do not fill the memory', () => {
  const cache = new AccessRulesCache();
  const listOf = (key: number) => ({
    models: [Array.from({ length: 256 }, (_, i) => `${key}-${i}-${'x'.repeat(240)}`)],
  });
  const first = cache.of(listOf(0));
  for (let key = 1; key < 150; key++) cache.of(listOf(key));
  expect(cache.of(listOf(0))).not.toBe(first);
});
