import { readCostReport, readForecast, reportDimensions } from '@weir/contracts/admin/reports';
import { importUsage, listUsage } from '@weir/contracts/admin/usage';
import type { ReplyOf } from '@weir/contracts/descriptors';
import { readTextFile } from '../json-file.ts';
import { table } from '../terminal-text.ts';
import { adminCommand, type AdminCommandGroup, type Presentation } from './admin-command.ts';

const time = (help: string) => ({ value: 'time', help, parse: (text: string) => text });

export const reportCommands: AdminCommandGroup = {
  name: 'reports',
  aliases: ['report'],
  description: 'what was used and what it cost',
  commands: [
    adminCommand({
      verb: 'cost',
      endpoint: readCostReport,
      texts: {
        from: time(
          'from then: a day as 2027-01-31, a month as 2027-01, or 2027-01-31T12:00:00Z (default: this month)',
        ),
        to: time('until then, without it (default: the end of today)'),
      },
      present: presentReport,
    }),
    adminCommand({
      verb: 'forecast',
      endpoint: readForecast,
      positional: ['scope'],
      texts: { scope: { help: 'whose budgets: organisation/acme, key/abcd1234, tag/acme/batch, ...' } },
      present: ({ data }) => ({
        result: table(
          ['LIMIT', 'MODEL', 'USED', 'HELD', 'RESETS', 'PACE', 'SPENT AT'],
          data.flatMap(({ held, limit, model, paces, resets_at, unit, used, window }) =>
            paces.map((pace) => [
              `${limit} ${unit} ${window}`,
              ...[model, used, held, resets_at ?? '-'],
              `${pace.used} in ${pace.hours}h`,
              pace.spent_at ?? 'not in its window',
            ]),
          ),
        ),
        ...(data.length === 0 && {
          notes: ['It has no limit of money, requests or tokens in a day, a month or in all.'],
        }),
      }),
    }),
  ],
};

export const usageCommands: AdminCommandGroup = {
  name: 'usage',
  aliases: [],
  description: 'the ledger, an entry for each call of a provider',
  commands: [
    adminCommand({
      verb: 'list',
      endpoint: listUsage,
      columns: [
        ...['ts', 'request_id', 'attempt', 'entry', 'organisation', 'key', 'provider', 'model', 'outcome'],
        ...['input_tokens', 'output_tokens', 'cost_usd'],
      ],
    }),
    adminCommand({
      verb: 'import',
      endpoint: importUsage,
      positional: ['content'],
      texts: {
        content: { help: "the provider's export, CSV or JSON; - for standard input", load: readTextFile },
        provider: { value: 'name', help: 'the provider by its name here, as openai' },
      },
      present: presentComparison,
    }),
  ],
};

type Report = ReplyOf<typeof readCostReport>;

const figures = [
  'requests',
  'attempts',
  'errors',
  'cache_hits',
  'input_tokens',
  'output_tokens',
  'cost_usd',
] as const;
const savings = ['cache_savings_usd', 'cache_saved_seconds', 'routing_savings_usd'] as const;

/** Only the columns that the report is about. */
function presentReport({ complete_until, data, from, time_zone, to, total }: Report): Presentation {
  const by = (['period', ...reportDimensions] as const).filter((one) =>
    data.some((row) => row[one] !== null),
  );
  const titles = [...by, ...figures, ...savings].map((one) => one.replaceAll('_', ' ').toUpperCase());
  const cells = (row: Report['data'][number]) => [
    ...by.map((one) => row[one] ?? '-'),
    ...[...figures, ...savings].map((one) => String(row[one])),
  ];
  const unpriced = total?.unpriced_attempts ?? 0;
  return {
    result: table(titles, data.map(cells)),
    notes: [
      `From ${from} to ${to}, ${time_zone}. Complete until ${complete_until}.`,
      ...(total ? [`In all ${total.requests} requests for $${total.cost_usd}.`] : []),
      ...(unpriced > 0 ? [`${unpriced} attempts have no price, and are not in it: weir prices`] : []),
    ],
  };
}

function presentComparison(compared: ReplyOf<typeof importUsage>): Presentation {
  const { data, total, unassigned, unit, unpriced_attempts, within_one_percent, worst } = compared;
  type Side = (typeof total)['ledger'];
  const amount = ({ cost_usd, input_tokens, output_tokens }: Side) =>
    unit === 'usd' ? (cost_usd ?? '-') : String((input_tokens ?? 0) + (output_tokens ?? 0));
  const percent = (value: number | null) => (value === null ? '-' : `${value}%`);
  const rows = [...data, { day: 'in all', model: null, ...total }].map((row) => [
    ...[row.day, row.model ?? '-', amount(row.provider), amount(row.ledger)],
    ...[row.difference ?? '-', percent(row.difference_percent)],
  ]);
  return {
    result: table(['DAY', 'MODEL', 'PROVIDER', 'LEDGER', 'DIFFERENCE', 'PERCENT'], rows),
    isBad: !within_one_percent,
    notes: [
      ...(unassigned.rows > 0
        ? [
            `${unassigned.rows} rows name no model, $${unassigned.cost_usd} in all: they are in the total alone.`,
          ]
        : []),
      ...(unpriced_attempts > 0 ? [`${unpriced_attempts} attempts of the ledger have no price.`] : []),
      ...(worst
        ? [
            `It differs most for ${worst.model ?? 'all models'} on ${worst.day}: ${worst.difference ?? '-'} ${unit}.`,
          ]
        : []),
      within_one_percent
        ? 'Each model is so near that the ledger is within 1% of what the provider says.'
        : `The ledger is not within 1% of what the provider says: in all it differs by ${percent(total.difference_percent)}.`,
    ],
  };
}
