import { MasterKeys } from '@weir/service-kit/crypto/master-keys';
import { Fault } from '@weir/service-kit/fault';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compileConfig } from '../domain/routing/compile.ts';
import { HostPolicy } from '@weir/service-kit/outbound/host-policy';
import { ProviderDirectory } from '../providers/directory.ts';
import { providersFromPresets } from '../providers/from-presets.ts';
import { configSecrets } from './config-secrets.ts';
import { maxInlineBytes, readConfigText } from './config-text.ts';

const configured = providersFromPresets({ OPENAI_API_KEY: 'sk-operator' }, () => undefined);
const finder = new ProviderDirectory({ configured, hostPolicy: new HostPolicy([]) });
const options = { name: 'support', masterKeys: new MasterKeys([Buffer.alloc(32, 1)]) };

/** What every object has without having been given it. */
const inherited = [...Object.getOwnPropertyNames(Object.prototype), 'prototype', 'length'];

const known = {
  strategy: {
    mode: 'conditional',
    conditions: [{ query: { 'metadata.plan': { $in: ['pro'] }, $or: [{ 'params.user': 'me' }] }, then: 'a' }],
    default: 'a',
    cb_config: { failure_threshold: 3 },
  },
  retry: { attempts: 1, on_status_codes: [500] },
  targets: [
    { name: 'a', provider: 'openai', api_key: 'sk-of-the-caller', override_params: { model: 'gpt-5' } },
    {
      strategy: { mode: 'loadbalance', sticky_session: { hash_fields: ['metadata.user'] } },
      targets: [{ virtual_key: 'openai', weight: 2 }, { custom_host: 'https://llm.example.com/v1' }],
    },
  ],
  mirror: { provider: 'openai', override_params: { metadata: { plan: 'pro' } } },
  model_aliases: { fast: 'gpt-5-mini' },
  context_window_fallbacks: [{ fast: ['gpt-4.1'] }],
  content_policy_fallbacks: { '*': ['mistral-large'] },
};

/** Each text in a JSON text, a name or a value, with its quotes. */
const quoted = /"[^"]*"/g;
const words = JSON.stringify(known).match(quoted) ?? [];

/** The known config with some of its words replaced. As text, since in an object a `__proto__` would be lost. */
const configText = fc
  .array(fc.tuple(fc.nat(words.length - 1), fc.constantFrom(...inherited)), { minLength: 1, maxLength: 3 })
  .map((changes) => {
    const changed = new Map(changes);
    let at = 0;
    return JSON.stringify(known).replace(quoted, (word) => {
      const name = changed.get(at++);
      return name === undefined ? word : JSON.stringify(name);
    });
  });

const anyText = fc.letrec<{ object: string; value: string }>((tie) => ({
  object: fc
    .array(
      fc.tuple(fc.constantFrom(...inherited.map((name) => JSON.stringify(name)), ...words), tie('value')),
      {
        maxLength: 4,
      },
    )
    .map((members) => `{${members.map(([name, value]) => `${name}:${value}`).join(',')}}`),
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom('null', '1', ...words, ...inherited.map((name) => JSON.stringify(name))),
    tie('object'),
    fc.array(tie('value'), { maxLength: 3 }).map((items) => `[${items.join(',')}]`),
  ),
})).object;

/** Reads, compiles and asks a config, stores it and shows it. */
function use(text: string): void {
  const config = readConfigText(text, maxInlineBytes);
  const { root } = compileConfig(config, finder);
  const fields = { metadata: { plan: 'pro' }, params: { model: 'gpt-5' } };
  if (root.kind === 'group') root.conditions.forEach(({ holds }) => holds(fields));
  configSecrets.mask(configSecrets.encrypt(config, options), options);
}

test('names that every object has are names like others', () => {
  expect(() => {
    use(JSON.stringify(known));
  }).not.toThrow();
  for (const name of inherited) {
    const fallbacks = readConfigText(`{"context_window_fallbacks":[{"${name}":["x"]}]}`, maxInlineBytes);
    const taken = Object.entries(fallbacks.context_window_fallbacks ?? {});
    // No schema takes this one, whatever stands below it.
    expect(taken).toEqual(name === '__proto__' ? [] : [[name, ['x']]]);
  }
});

test.each([
  '{"context_window_fallbacks":{"length":{"toString":null}}}',
  '{"provider":"openai","override_params":{"stop":{"length":{"toString":null}}}}',
])('a length that cannot be compared is refused: %s', (text) => {
  expect(() => {
    use(text);
  }).toThrow(expect.objectContaining({ code: 'invalid_config' }));
});

test('whatever stands in a config, it is used or refused', () => {
  fc.assert(
    fc.property(fc.oneof(configText, anyText), (text) => {
      try {
        use(text);
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(Fault);
        expect(thrown).toMatchObject({ code: 'invalid_config' });
      }
    }),
    { numRuns: 3_000 },
  );
});
