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
            const limits = models.map((model) =>
              model.startsWith('claude') || model === '*'
                ? ({ unit: 'requests', limit: 1, model } as const)
                : ({ unit: 'usd', limit: '1', window: 'day', model } as const),
            );
            await store.put(key, scopeLimits(scope, limits));
          }
          kept.set(key, models);
        }
        const name = { provider: 'openai', model: asWritten };
        const holding = scopesOf(asked)
          .flatMap((each) => kept.get(limitsKey(each)) ?? [])
          .map((pattern) => pattern.toLowerCase())
          .filter((p) => matchesPattern(p, 'gpt-5-mini') || matchesPattern(p, 'openai/gpt-5-mini'));
        const isMoney = holding.some((pattern) => pattern !== '*');
        const expected = isMoney ? 'money' : holding.length > 0 ? 'usage' : undefined;
        expect(copy.limit(asked, name)).toBe(expected);
        expect(copy.areNone).toBe([...kept.values()].every((models) => models.length === 0));
      },
    ),
  );
});

test('a limit of money that refuses nothing is none of money', async () => {
  const store = new MemoryStore(spendingLimits);
  const copy = new SpendingLimits(store);
  const soft = { unit: 'usd', limit: '1', window: 'day', hard: false } as const;
  await store.put(limitsKey(installationScope), scopeLimits(installationScope, [soft]));
  expect(copy.limit({ organisation: 'a' }, { provider: 'openai', model: 'm' })).toBe('usage');
});

test('which limits there are is known once the cost service has published all of them', async () => {
  const store = new MemoryStore(spendingLimits);
  const copy = new SpendingLimits(store);
  expect(copy.areKnown).toBe(false);
  await publishLimits(store);
  expect(copy.areKnown).toBe(true);
  expect(copy.areNone).toBe(true);
});

test('limits that cannot be read refuse what falls under them by name, and nothing else', async () => {
  const store = new MemoryStore(spendingLimits);
  const copy = new SpendingLimits(store);
  await publishLimits(store);
  const model = { provider: 'openai', model: 'm' };
  store.putRaw(limitsKey({ kind: 'organisation', id: 'acme' }), 'garbage');
  store.putRaw(limitsKey({ kind: 'tag', organisation: 'globex', id: 'a b' }), '{"limits":[]}');
  expect(copy.areNone).toBe(false);
  const refused = (name: string) =>
    expect.objectContaining({
      code: 'stored_entry_unreadable',
      message: expect.stringContaining(name) as string,
    }) as Error;
  expect(() => copy.limit({ organisation: 'acme' }, model)).toThrow(refused('organisation.acme'));
  expect(() => copy.limit({ organisation: 'globex', tags: ['a b'] }, model)).toThrow(refused('tag.globex'));
  expect(copy.limit({ organisation: 'globex', tags: ['c'] }, model)).toBeUndefined();
  store.putRaw(limitsKey(installationScope), 'garbage');
  expect(copy.areKnown).toBe(true);
  expect(() => copy.limit({ organisation: 'globex' }, model)).toThrow(refused('installation.all'));
});
