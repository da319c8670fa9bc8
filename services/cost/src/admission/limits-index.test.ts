import { installationScope, limitsKey, spendingLimits } from '@weir/contracts/cost/limits';
import { tenants } from '@weir/contracts/keys/verification';
import { MemoryStore } from '@weir/testkit/memory-store';
import { expect, test } from 'vitest';
import { LimitsIndex } from './limits-index.ts';

test('limits that cannot be read admit nothing, and what was used is counted into them as they were', async () => {
  const limits = new MemoryStore(spendingLimits);
  const index = new LimitsIndex({ limits, tenants: new MemoryStore(tenants) });
  const scope = { kind: 'organisation', id: 'acme' } as const;
  const limit = { unit: 'usd', limit: '1', window: 'day', model: '*', hard: true } as const;
  await limits.put(limitsKey(installationScope), { scope: installationScope, limits: [], revision: 0 });
  await limits.put(limitsKey(scope), { scope, limits: [limit], revision: 1 });
  const [acme, globex] = [{ organisation: 'acme' }, { organisation: 'globex' }];
  index.assertReadable(acme);
  limits.putRaw(limitsKey(scope), 'garbage');
  expect(() => {
    index.assertReadable(acme);
  }).toThrow(expect.objectContaining({ code: 'stored_entry_unreadable' }) as Error);
  index.assertReadable(globex);
  expect(index.isKnown).toBe(true);
  const counted = index.limitsOf(acme, { provider: 'openai', model: 'm' });
  expect(counted.map(({ hardLimit }) => hardLimit)).toEqual([1_000_000_000]);
});
