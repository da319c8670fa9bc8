import { deleteBudget, listBudgets, readBudget } from '@weir/contracts/admin/budgets';
import { adminCommand, type AdminCommandGroup } from './admin-command.ts';
import { parseScope, scopeArgument } from './limit-arguments.ts';
import { presentBudget, presentBudgets } from './present-budgets.ts';
import { addSetBudgetCommand } from './set-budget.ts';

const scope = {
  name: 'scope',
  help: 'whose, as key/abcd1234, team/<id>, tag/acme/batch, end_user/acme/* or installation',
  fields: ['scope', 'id', 'organisation_id'],
  parse: parseScope,
};

export const budgetCommands: AdminCommandGroup = {
  name: 'budgets',
  aliases: ['budget', 'limits'],
  description: 'what may be used: money, requests, tokens',
  commands: [
    adminCommand({
      verb: 'list',
      endpoint: listBudgets,
      texts: { scope: { value: 'kind', help: 'only those of such scopes' } },
      present: ({ data }) => presentBudgets(data),
    }),
    adminCommand({
      verb: 'show',
      endpoint: readBudget,
      combined: scope,
      present: presentBudget,
    }),
    adminCommand({
      verb: 'delete',
      endpoint: deleteBudget,
      combined: scope,
      confirm: (fields) => `Take all limits of ${scopeArgument(fields)} away?`,
      present: (deleted) => ({ result: `deleted the limits of ${deleted.scope}/${deleted.id}` }),
    }),
  ],
  addOwn: addSetBudgetCommand,
};
