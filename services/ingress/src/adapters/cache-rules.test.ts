import { cacheRules, cacheRulesKey } from '@weir/contracts/cache/rules';
import { MemoryStore } from '@weir/testkit/memory-store';
import { expect, test } from 'vitest';
import { CacheRules } from './cache-rules.ts';

test('until the rules are known nothing is allowed, since one of them may forbid it', async () => {
  const loading = Promise.withResolvers<MemoryStore<typeof cacheRules>>();
  const rules = new CacheRules({ bus: { store: () => loading.promise as never } });
  const subject = { organisation: 'bank', team: undefined, key: undefined, model: 'm', namespace: undefined };
  expect(rules.ruleFor(subject).allow).toBe('off');
  loading.resolve(new MemoryStore(cacheRules));
  await loading.promise;
  await Promise.resolve();
  expect(rules.ruleFor(subject).allow).toBe('semantic');
});

test.each(['garbage', JSON.stringify({ rules: [], updatedAtMs: 0, forbidden: ['m'] })])(
  'the cache is off while its rules cannot be read: %s',
  async (text) => {
    const store = new MemoryStore(cacheRules);
    const rules = new CacheRules({ bus: { store: () => Promise.resolve(store) as never } });
    await Promise.resolve();
    const subject = {
      organisation: 'bank',
      team: undefined,
      key: undefined,
      model: 'm',
      namespace: undefined,
    };
    expect(rules.ruleFor(subject).allow).toBe('semantic');
    store.putRaw(cacheRulesKey, text);
    expect(rules.ruleFor(subject).allow).toBe('off');
    await store.put(cacheRulesKey, { rules: [], updatedAtMs: 0 });
    expect(rules.ruleFor(subject).allow).toBe('semantic');
  },
);
