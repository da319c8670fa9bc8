import { builtInPolicies, guardrailPolicies } from '@weir/contracts/guardrails/policies';
import { MemoryStore } from '@weir/testkit/memory-store';
import { expect, test } from 'vitest';
import { createPolicyAdmin } from '../../test/policy-admin.ts';

const checks = [{ type: 'pii' }, { type: 'words', operator: 'none', words: ['Mật'] }];

test('policies hold side by side, each with its checks of the side in question', async () => {
  const { library, write } = createPolicyAdmin();
  await write('words', { input: { checks }, denial: 'portkey' });
  expect(library.resolve(['balanced', 'words'], 'input')).toMatchObject({
    policies: [
      { name: 'balanced', denial: 'content_policy_violation', checks: [{ id: 'pii' }] },
      { name: 'words', denial: 'portkey', checks: [{ id: 'pii' }, { id: 'words' }] },
    ],
    mode: 'stream',
  });
  // What checks nothing on a side is not there.
  expect(library.resolve(['off', 'words', 'balanced', 'balanced'], 'output').policies).toMatchObject([
    { name: 'balanced' },
  ]);
});

test('an answer is buffered where one of the policies says so', async () => {
  const { library, write } = createPolicyAdmin();
  await write('buffered', { output: { checks, mode: 'buffered' } });
  expect(library.resolve(['balanced', 'buffered'], 'output').mode).toBe('buffered');
});

test('checks are made once for each revision, however many requests they hold for', async () => {
  const { library, made, write } = createPolicyAdmin();
  await write('words', { input: { checks } });
  const before = made.length;
  const screening = library.resolve(['words', 'strict'], 'input');
  expect(library.resolve(['words', 'strict'], 'input')).toBe(screening);
  await write('other', { input: { checks: [] } });
  expect(library.resolve(['words', 'strict'], 'input').policies[0]).toBe(screening.policies[0]);
  expect(made.length).toBe(before);
  await write('words', { output: { checks } });
  expect(library.resolve(['words', 'strict'], 'input').policies).toMatchObject([{ name: 'strict' }]);
});

test('nothing passes because a policy is not there, or cannot be read or used', () => {
  const store = new MemoryStore(guardrailPolicies);
  store.putRaw('broken', 'garbage');
  store.putRaw('new', JSON.stringify({ policy: { from_the_future: true }, updatedAtMs: 0 }));
  const { library } = createPolicyAdmin({ store });
  expect(() => library.resolve(['balanced', 'gone'], 'input')).toThrow(
    expect.objectContaining({
      code: 'guardrails_unavailable',
      message: expect.stringContaining('There is no guardrail policy "gone".') as string,
    }),
  );
  expect(() => library.resolve(['new'], 'output')).toThrow(
    expect.objectContaining({
      code: 'stored_entry_unreadable',
      message: expect.stringContaining(
        '"new" cannot be used: from_the_future is not a known field',
      ) as string,
    }),
  );
  expect(() => library.resolve(['broken'], 'input')).toThrow(
    expect.objectContaining({
      code: 'stored_entry_unreadable',
      message: expect.stringContaining('"broken" in weir-guardrail-policies') as string,
    }),
  );
  expect(library.resolve(['balanced'], 'input').policies).toHaveLength(1);
});

test('every built-in policy can be used, and none is replaced by what is stored under its name', () => {
  const store = new MemoryStore(guardrailPolicies);
  store.putRaw('strict', JSON.stringify({ policy: {}, updatedAtMs: 0 }));
  const { library } = createPolicyAdmin({ store });
  for (const [name, policy] of Object.entries(builtInPolicies)) {
    const resolved = library.resolve([name], 'input').policies.flatMap((one) => one.checks);
    expect(resolved.map(({ type }) => type)).toEqual(policy.input.checks.map(({ type }) => type));
  }
});
