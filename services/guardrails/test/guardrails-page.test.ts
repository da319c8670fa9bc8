import { readFileSync } from 'node:fs';
import { guardrailPolicies } from '@weir/contracts/guardrails/policies';
import { type Check, checkSchema } from '@weir/contracts/guardrails/policy';
import { systemClock } from '@weir/service-kit/clock';
import { HostPolicy } from '@weir/service-kit/outbound/host-policy';
import { MemoryStore } from '@weir/testkit/memory-store';
import { expect, test } from 'vitest';
import { createCheck } from '../src/checks/create-check.ts';
import { createPolicyAdmin } from './policy-admin.ts';

const page = readFileSync(new URL('../../../docs/guardrails.md', import.meta.url), 'utf8');
const examples = [...page.matchAll(/```json\n(.*?)```/gs)].map(([, text = '']) => text);
const unasked = () => Promise.reject(new Error('Nobody is asked.'));
const dependencies = {
  fetch: unasked,
  classify: unasked,
  judgeJson: unasked,
  hostPolicy: new HostPolicy([]),
  clock: systemClock,
};

test.each(examples)('every policy in docs/guardrails.md works as it stands: %s', async (text) => {
  const store = new MemoryStore(guardrailPolicies);
  const admin = createPolicyAdmin({ store, createCheck: (check: Check) => createCheck(check, dependencies) });
  const { warnings } = await admin.write(
    'example',
    JSON.parse(text.replace('sk-…', 'sk-proj-4fK9x2Lq8Zr1')) as object,
  );
  expect(warnings).toEqual([]);
});

test('the page has an example of every check', () => {
  const types = checkSchema.options.map(({ shape }) => shape.type.value);
  for (const type of types) expect(examples.join()).toContain(`"type": "${type}"`);
});
