import { routingConfigs } from '@weir/contracts/routing/buckets';
import { MasterKeys } from '@weir/service-kit/crypto/master-keys';
import { Fault } from '@weir/service-kit/fault';
import { createLogger } from '@weir/service-kit/logger';
import { MemoryStore } from '@weir/testkit/memory-store';
import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { type ConfigAdmin, createConfigAdmin } from './config-admin.ts';

const secret = fc.stringMatching(/^sk-[A-Za-z0-9]{20,40}$/);
const keyField = fc.constantFrom('api_key', 'apiKey');

const target = fc
  .record({ provider: fc.constantFrom('openai', 'anthropic'), field: keyField, key: secret })
  .map(({ provider, field, key }) => ({ provider, [field]: key }));

const { node } = fc.letrec<{ node: object; group: object }>((tie) => ({
  node: fc.oneof({ depthSize: 'small', maxDepth: 5 }, target, tie('group')),
  group: fc
    .array(tie('node'), { minLength: 1, maxLength: 3 })
    .map((targets) => ({ strategy: { mode: 'fallback' }, targets })),
}));

const config = fc
  .record({ root: node, mirror: fc.option(target, { nil: undefined }) })
  .map(({ root, mirror }): object => (mirror ? { ...root, mirror } : root));

/** What a person may get wrong, as the config's text. Each leaves the keys in it. */
const mistakes: readonly ((config: object, key: string) => string)[] = [
  (config) => JSON.stringify(config).slice(0, -1),
  (config, key) => JSON.stringify({ ...config, targets: [{}], strategy: { mode: 'single' }, api_key: key }),
  (config, key) => JSON.stringify({ ...config, strategy: { mode: key }, targets: [config] }),
  (config, key) => JSON.stringify({ ...config, secret_key: key }),
  (config, key) => JSON.stringify({ ...config, mirror: { provider: 'openai', api_key: [key] } }),
  (config, key) => JSON.stringify({ ...config, mirror: { provider: 'openai', api_key: `${key} x` } }),
  (config, key) => JSON.stringify({ ...config, mirror: { provider: 'nobody', api_key: key } }),
  (config, key) => JSON.stringify({ ...config, mirror: { provider: 'openai', api_key: key.repeat(150) } }),
  (config, key) =>
    JSON.stringify({
      ...config,
      mirror: { provider: 'openai', custom_host: `https://user:${key}@x.example` },
    }),
];

const mistaken = fc
  .record({ config, key: secret, mistake: fc.constantFrom(...mistakes) })
  .map(({ config, key, mistake }) => mistake(config, key));

const given = fc.oneof(
  config.map((right) => JSON.stringify(right)),
  mistaken,
);

/** Everything that an admin or a request can do with the text, as whoever is answered sees it. */
async function useEverywhere(text: string, admin: ConfigAdmin, onFault: (fault: Fault) => void) {
  const seen: string[] = [];
  const see = async (work: () => unknown) => {
    try {
      seen.push(JSON.stringify(await work()));
    } catch (thrown) {
      const fault = Fault.from(thrown);
      onFault(fault);
      seen.push(JSON.stringify(fault.toData()));
    }
  };
  const name = 'chat';
  const sealedConfig = admin.sealText(text);
  const warnings = (reference: string) => admin.configs.resolve(reference, 'default').compiled.warnings;
  await see(() => admin.writeSealed({ name, sealedConfig }));
  await see(() => admin.read({ name }));
  await see(() => admin.list({ limit: 10 }));
  await see(() => admin.delete({ name }));
  await see(() => admin.listRevisions({ name }));
  await see(() => admin.rollBack({ name, revision: 1 }));
  await see(() => warnings(name));
  await see(() => warnings(sealedConfig));
  return seen;
}

test('a key in a config is in no stored value, answer, fault or log line', async () => {
  let logged = '';
  let keysStored = 0;
  const written = vi.spyOn(process.stdout, 'write').mockImplementation((line) => {
    logged += String(line);
    return true;
  });
  const logger = createLogger({ service: 'router', instance: 'test', level: 'trace' });
  const onFault = (fault: Fault) => {
    logger.error({ err: fault }, 'failed');
  };
  try {
    await fc.assert(
      fc.asyncProperty(given, async (text) => {
        logged = '';
        const store = new MemoryStore(routingConfigs);
        const seen = await useEverywhere(text, createConfigAdmin({ store, logger }), onFault);
        // A replica that has lost its master key has more to complain of.
        const masterKeys = new MasterKeys([Buffer.alloc(32, 2)]);
        seen.push(...(await useEverywhere(text, createConfigAdmin({ store, logger, masterKeys }), onFault)));
        const stored = JSON.stringify(await store.history('chat'));
        keysStored += stored.match(/gAAAAA/g)?.length ?? 0;
        for (const key of text.match(/sk-[A-Za-z0-9]{20,}/g) ?? []) {
          const hidden = key.slice(0, -4);
          for (const place of [stored, logged, ...seen]) expect(place).not.toContain(hidden);
        }
      }),
      { numRuns: 100 },
    );
  } finally {
    written.mockRestore();
  }
  expect(keysStored).toBeGreaterThan(0);
});
