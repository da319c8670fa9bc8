import type { Attribution } from '@weir/contracts/cost/admission';
import {
  installationScope,
  limitsKey,
  scopeKinds,
  spendingLimits,
  type Scope,
} from '@weir/contracts/cost/limits';
import { scopesOf } from '@weir/pricing/attribution-scopes';
import { matchesPattern } from '@weir/service-kit/name-pattern';
import { MemoryStore } from '@weir/testkit/memory-store';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { publishLimits, scopeLimits } from '../../test/fake-cost.ts';
import { SpendingLimits } from './spending-limits.ts';

const id = fc.constantFrom('a', 'b', '*', 'ngân sách');
const scope: fc.Arbitrary<Scope> = fc
  .record({ kind: fc.constantFrom(...scopeKinds), id, organisation: fc.constantFrom('a', 'b') })
  .map(({ kind, id, organisation }) => {
    if (kind === 'installation') return installationScope;
    return kind === 'tag' || kind === 'end_user' ? { kind, id, organisation } : { kind, id };
  });
const attribution: fc.Arbitrary<Attribution> = fc
  .record(
    {
      organisation: fc.constantFrom('a', 'b'),
      keyId: id,
      teamId: id,
      userId: id,
      tags: fc.array(fc.oneof(id, fc.constant('')), { maxLength: 2 }),
      endUser: fc.oneof(id, fc.constant('')),
    },
    { requiredKeys: ['organisation'] },
  )
  .map((given) => given as Attribution);
const model = fc.constantFrom('*', 'gpt-5*', 'GPT-5-M*', 'openai/*', 'claude-*');

test('an attempt is limited exactly where a limit of one of its scopes (as cost counts them) holds for its model, in whatever case', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(scope, fc.array(model, { maxLength: 2 })), { maxLength: 8 }),
      attribution,
      fc.constantFrom('gpt-5-mini', 'GPT-5-mini'),
      async (written, asked, asWritten) => {
        const store = new MemoryStore(spendingLimits);
        const copy = new SpendingLimits(store);
        const kept = new Map<string, readonly string[]>();
        for (const [scope, models] of written) {
          const key = limitsKey(scope);
          if (models.length === 0 && scope.kind !== 'installation') await store.delete(key);
          else {
            const limits = models.map((model) => ({ unit: 'requests', limit: 1, model }) as const);
            await store.put(key, scopeLimits(scope, limits));
          }
          kept.set(key, models);
        }
        const name = { provider: 'openai', model: asWritten };
        const expected = scopesOf(asked).some((each) =>
          kept
            .get(limitsKey(each))
            ?.map((pattern) => pattern.toLowerCase())
            .some((p) => matchesPattern(p, 'gpt-5-mini') || matchesPattern(p, 'openai/gpt-5-mini')),
        );
        expect(copy.limit(asked, name)).toBe(expected);
        expect(copy.areNone).toBe([...kept.values()].every((models) => models.length === 0));
      },
    ),
  );
});

test('which limits there are is known once the cost service has published all of them', async () => {
  const store = new MemoryStore(spendingLimits);
  const copy = new SpendingLimits(store);
  expect(copy.areKnown).toBe(false);
  await publishLimits(store);
  expect(copy.areKnown).toBe(true);
  expect(copy.areNone).toBe(true);
});
