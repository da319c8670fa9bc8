import { guardrailPolicies } from '@weir/contracts/guardrails/policies';
import { MemoryStore } from '@weir/testkit/memory-store';
import { expect, test } from 'vitest';
import { GuardrailPolicies } from './guardrail-policies.ts';

const stored = (policy: object) => JSON.stringify({ policy, updatedAtMs: 0 });

test.each([
  ['garbage', 'garbage'],
  ['of another form', stored({ input: { checks: {} } })],
  ['with a side that this version does not know', stored({ tools: { checks: [{ type: 'pii' }] } })],
  ['with a part of a side that this version does not know', stored({ output: { tool_checks: [{}] } })],
  [
    'with a field beside it that this version does not know',
    JSON.stringify({ policy: {}, updatedAtMs: 0, also: 'x' }),
  ],
])('a policy that cannot be read is there, and is asked for on both sides: %s', async (_what, text) => {
  const store = new MemoryStore(guardrailPolicies);
  const policies = new GuardrailPolicies({ bus: { store: () => Promise.resolve(store) as never } });
  await Promise.resolve();
  store.putRaw('house', text);
  expect(policies.has('house')).toBe(true);
  const order = { input: ['house'], output: ['house'] };
  expect(policies.choose(['house'])).toEqual({ order, isOptional: false });
  await store.put('house', { policy: { description: 'none' }, updatedAtMs: 0 });
  expect(policies.choose(['house']).order).toBeUndefined();
});
