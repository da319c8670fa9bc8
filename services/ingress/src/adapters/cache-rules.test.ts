import { cacheRules } from '@weir/contracts/cache/rules';
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
