import type { readBudget } from '@weir/contracts/admin/budgets';
import type { ReplyOf } from '@weir/contracts/descriptors';
import { table } from '../terminal-text.ts';
import type { Presentation } from './admin-command.ts';
import { scopeArgument } from './limit-arguments.ts';

type Budget = ReplyOf<typeof readBudget>;
type Limit = Budget['limits'][number];

const titles = ['SCOPE', 'LIMIT', 'MODELS', 'USED', 'HELD', 'REMAINING', 'RESETS'];

export function presentBudgets(budgets: readonly Budget[]): Presentation {
  const rows = budgets.flatMap((budget) => rowsOf(budget));
  return rows.length === 0 ? { notes: ['There are none.'] } : { result: table(titles, rows) };
}

export function presentBudget(budget: Budget): Presentation {
  const { alerts, contact, revision } = budget;
  const isOfEach = budget.scope === 'end_user' && budget.id === '*';
  const isUnknown = !isOfEach && budget.limits.some(({ usage }) => usage === null);
  return {
    result: table(titles, rowsOf(budget)),
    notes: [
      `Revision ${revision}.`,
      ...(contact === null ? [] : [`Who is refused is told to ask ${contact}.`]),
      ...alerts.webhooks.map(({ host, id }) => `Alerts go to ${host} (webhook ${id})`),
      ...(isOfEach
        ? ['Each end user is counted apart: weir reports cost --group-by end_user tells what they have used.']
        : []),
      ...(isUnknown ? ['What is used cannot be told at the moment.'] : []),
    ],
  };
}

function rowsOf(budget: Budget): string[][] {
  const name = scopeArgument(budget);
  if (budget.limits.length === 0) return [[name, 'none', '-', '-', '-', '-', '-']];
  return budget.limits.map((limit) => [name, limitText(limit), limit.model, ...usageCells(limit)]);
}

/** `$10 a month`, `60 requests a minute (soft)`, `4 parallel requests`. */
function limitText({ hard, limit, rolling_seconds, unit, window }: Limit): string {
  const amount = unit === 'usd' ? `$${limit}` : `${limit} ${unit.replaceAll('_', ' ')}`;
  const spans: Readonly<Record<string, string>> = {
    minute: ' a minute',
    day: ' a day',
    month: ' a month',
    total: ' in all',
    rolling: ` in ${rolling_seconds} s`,
  };
  return `${amount}${spans[window ?? ''] ?? ''}${hard ? '' : ' (soft)'}`;
}

function usageCells({ unit, usage }: Limit): string[] {
  if (!usage) return ['-', '-', '-', '-'];
  const amount = (value: string | number) => (unit === 'usd' ? `$${value}` : String(value));
  const { held, remaining, resets_at, used } = usage;
  return [amount(used), amount(held), amount(remaining), resets_at ?? '-'];
}
