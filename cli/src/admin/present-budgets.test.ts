import { budgetSchema } from '@weir/contracts/admin/budgets';
import { expect, test } from 'vitest';
import { presentBudget } from './present-budgets.ts';

const budgetOf = (scope: string, id: string) =>
  budgetSchema.parse({
    ...{ scope, id, organisation_id: 'acme', contact: null, revision: 1, created_at: '', updated_at: '' },
    limits: [{ unit: 'usd', limit: '1', window: 'day', model: '*', hard: true, usage: null }],
    alerts: { webhooks: [{ id: '0123456789abcdef', host: 'hooks.example.com' }] },
  });

test('a limit of each end user is said to be counted for each apart, and not to be unknown', () => {
  const { notes } = presentBudget(budgetOf('end_user', '*'));
  expect(notes).toContainEqual(expect.stringContaining('Each end user is counted apart'));
  expect(notes).not.toContain('What is used cannot be told at the moment.');
  expect(presentBudget(budgetOf('end_user', 'ana')).notes).toContain(
    'What is used cannot be told at the moment.',
  );
});

test('of a webhook its host is shown, and its id', () => {
  const { notes } = presentBudget(budgetOf('key', 'abcd1234'));
  expect(notes).toContain('Alerts go to hooks.example.com (webhook 0123456789abcdef)');
});
