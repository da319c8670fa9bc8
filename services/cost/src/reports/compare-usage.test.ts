import { expect, test } from 'vitest';
import { compareUsage, type LedgerDay, modelFamily } from './compare-usage.ts';
import { readProviderExport } from './provider-export.ts';

const ledgerDay = (known: Partial<LedgerDay>): LedgerDay => ({
  ...{ day: '2026-11-01', model: 'gpt-5-mini', costNanoUsd: 1_000_000_000, attempts: 10, inputTokens: 900 },
  ...{ outputTokens: 100, unpricedAttempts: 0, ...known },
});

const openAiTitles =
  'start_time,end_time,start_time_iso,end_time_iso,amount_value,amount_currency,line_item,project_id,organization_id';
const anthropicCostTitles =
  'usage_date_utc,model,workspace,api_key,usage_type,context_window,token_type,cost_usd,list_price_usd,cost_type';
const anthropicUsageTitles =
  'usage_date_utc,model_version,api_key,workspace,usage_type,context_window,usage_input_tokens_no_cache,usage_input_tokens_cache_write_5m,usage_input_tokens_cache_write_1h,usage_input_tokens_cache_read,usage_output_tokens,web_search_count';
/** 1 November 2026 in UTC. */
const start = Date.UTC(2026, 10, 1) / 1_000;
const openAiRow = (amount: string, item: string, at = start) =>
  `${at},${at + 86_400},2026,2026,${amount},usd,"${item}",proj_1,org-1`;

test("OpenAI's costs of a console's CSV are compared by day and model, all line items of a model together", () => {
  const rows = [
    openAiRow('0.6000000000', 'gpt-5-mini-2025-08-07, input'),
    openAiRow('0.395', 'gpt-5-mini-2025-08-07, output'),
    openAiRow('2', 'gpt-5-2025-08-07, output', start + 86_400),
    openAiRow('0.25', ''),
  ];
  const made = compareUsage(readProviderExport(['\ufeff' + openAiTitles, ...rows].join('\r\n')), [
    ledgerDay({ unpricedAttempts: 2 }),
    ledgerDay({ model: 'gpt-4o', costNanoUsd: 500_000_000 }),
  ]);
  expect(made).toMatchObject({
    ...{ format: 'openai-costs', from: '2026-11-01', to: '2026-11-02', unit: 'usd', unpriced_attempts: 2 },
    ...{ within_one_percent: false, unassigned: { rows: 1, cost_usd: '0.25' } },
    worst: { day: '2026-11-02', model: 'gpt-5-2025-08-07', difference: '-2', difference_percent: -100 },
    total: { difference: '-1.745', difference_percent: -53.775 },
  });
  expect(made.data).toMatchObject([
    { day: '2026-11-01', model: 'gpt-4o', difference: '0.5', difference_percent: null },
    { day: '2026-11-01', model: 'gpt-5-mini', difference: '0.005', difference_percent: 0.5025 },
    { day: '2026-11-02', model: 'gpt-5-2025-08-07', difference: '-2', difference_percent: -100 },
  ]);
  expect(made.data[1]?.provider).toEqual({
    ...{ cost_usd: '0.995', requests: null, input_tokens: null, output_tokens: null },
  });
  expect(made.data[1]?.ledger).toMatchObject({ cost_usd: '1', requests: 10, input_tokens: 900 });
});

test.each([
  ['half of it is of no model', [openAiRow('10', 'gpt-5, input'), openAiRow('10', '')], [10], 0],
  [
    'two models are wrong in both directions',
    ['gpt-5', 'gpt-4o'].map((one) => openAiRow('10', one)),
    [15, 5],
    0,
  ],
  ['calls have no price', [openAiRow('10', 'gpt-5, input')], [10], 1],
])('a ledger of the same total is not within one percent where %s', (_, rows, usd, unpricedAttempts) => {
  const days = ['gpt-5', 'gpt-4o'].flatMap((model, index) => {
    const [one, two] = usd;
    const costUsd = index === 0 ? one : two;
    return costUsd === undefined ? [] : [ledgerDay({ model, costNanoUsd: costUsd * 1e9, unpricedAttempts })];
  });
  const made = compareUsage(readProviderExport([openAiTitles, ...rows].join('\n')), days);
  expect(made.within_one_percent).toBe(false);
});

test('days that differ in both directions, as where a call is of another day there, are within one percent', () => {
  const rows = [openAiRow('10', 'gpt-5'), openAiRow('10', 'gpt-5', start + 86_400)];
  const made = compareUsage(readProviderExport([openAiTitles, ...rows].join('\n')), [
    ledgerDay({ model: 'gpt-5', costNanoUsd: 10.5e9 }),
    ledgerDay({ model: 'gpt-5', costNanoUsd: 9.5e9, day: '2026-11-02' }),
  ]);
  expect(made).toMatchObject({
    within_one_percent: true,
    worst: { day: '2026-11-01', model: 'gpt-5', difference: '0.5', difference_percent: 5 },
  });
});

test("an export of days' totals, with days of nothing, is compared by day", () => {
  const rows = [openAiRow('2.5', ''), openAiRow('', '', start + 86_400)];
  const made = compareUsage(readProviderExport([openAiTitles, ...rows].join('\n').replaceAll(',', '\t')), [
    ledgerDay({ costNanoUsd: 1_500_000_000 }),
    ledgerDay({ model: 'gpt-4o', costNanoUsd: 1_010_000_000 }),
  ]);
  expect(made).toMatchObject({ to: '2026-11-02', within_one_percent: true, unassigned: { rows: 0 } });
  expect(made.data).toMatchObject([
    { day: '2026-11-01', model: null, difference: '0.01', difference_percent: 0.4 },
  ]);
});

test("OpenAI's pages of costs and of usage are read as its API answers them", () => {
  const bucket = (results: object[]) => ({
    object: 'bucket',
    start_time: start,
    end_time: start + 86_400,
    results,
  });
  const costs = {
    data: [
      bucket([
        { amount: { value: 0.06, currency: 'usd' }, line_item: 'gpt-5-mini, input', project_id: null },
      ]),
    ],
  };
  expect(readProviderExport(JSON.stringify(costs))).toEqual({
    format: 'openai-costs',
    lines: [{ day: '2026-11-01', model: 'gpt-5-mini', costNanoUsd: 60_000_000 }],
  });
  const usage = { input_tokens: 1_000, output_tokens: 500, num_model_requests: 5, model: 'gpt-5-mini' };
  const pages = [{ data: [bucket([usage])] }, { data: [bucket([{ ...usage, model: null }])] }];
  expect(readProviderExport(JSON.stringify(pages))).toEqual({
    format: 'openai-usage',
    lines: ['gpt-5-mini', undefined].map((model) => ({
      ...{ day: '2026-11-01', model, requests: 5, inputTokens: 1_000, outputTokens: 500 },
    })),
  });
});

test("Anthropic's costs and usage are read from its console's CSV and from its API, which has cents", () => {
  const csv = `${anthropicCostTitles}\n2026-11-01,Claude Haiku 4.5,Default,k,message,≤ 200k,input_no_cache,0.05,0.05,token\n`;
  const made = compareUsage(readProviderExport(csv), [
    ledgerDay({ model: 'claude-haiku-4-5-20251001', costNanoUsd: 50_000_000 }),
  ]);
  expect(made).toMatchObject({ format: 'anthropic-costs', within_one_percent: true });
  expect(made.data).toMatchObject([
    { model: 'claude-haiku-4-5-20251001', difference: '0', difference_percent: 0 },
  ]);

  const result = {
    currency: 'USD',
    amount: '123.78912',
    model: 'claude-haiku-4-5',
    token_type: 'output_tokens',
  };
  const page = {
    data: [{ starting_at: '2026-11-01T00:00:00Z', ending_at: '2026-11-02T00:00:00Z', results: [result] }],
  };
  expect(readProviderExport(JSON.stringify(page)).lines).toEqual([
    { day: '2026-11-01', model: 'claude-haiku-4-5', costNanoUsd: 1_237_891_200 },
  ]);

  const usage = `${anthropicUsageTitles}\n2026-11-01 00:00,claude-haiku-4-5-20251001,k,Default,standard,≤ 200k,1,2,3,4,5,0\n`;
  const read = compareUsage(readProviderExport(usage), []);
  expect(read).toMatchObject({
    ...{ format: 'anthropic-usage', unit: 'tokens', within_one_percent: false },
    total: { difference: '-15', provider: { input_tokens: 10, output_tokens: 5, cost_usd: null } },
  });
  const ofApi = {
    ...{ uncached_input_tokens: 1, cache_read_input_tokens: 4, output_tokens: 5, model: 'claude-haiku-4-5' },
    cache_creation: { ephemeral_5m_input_tokens: 2, ephemeral_1h_input_tokens: 3 },
  };
  const usagePage = { data: [{ starting_at: '2026-11-01T00:00:00Z', results: [ofApi] }] };
  expect(readProviderExport(JSON.stringify(usagePage)).lines).toEqual([
    { day: '2026-11-01', model: 'claude-haiku-4-5', inputTokens: 10, outputTokens: 5 },
  ]);
});

test.each([
  ['gpt-5-mini-2025-08-07', 'gpt-5-mini'],
  ['gpt-4.1-2025-04-14', 'gpt-4-1'],
  ['Claude Haiku 4.5', 'claude-haiku-4-5'],
  ['claude-haiku-4-5-20251001', 'claude-haiku-4-5'],
  ['claude-3-5-haiku-latest', 'claude-3-5-haiku'],
  ['o3', 'o3'],
])('%s is of the model %s', (name, family) => {
  expect(modelFamily(name)).toBe(family);
});

test.each([
  ['', 'has no rows'],
  ['a,b\n1,2\n', 'is not an export that is known'],
  ['{"data": [', 'is not valid JSON'],
  ['{"data": 7}', 'is JSON, and not the answer of an admin API'],
  ['{"data": []}', 'has no rows'],
  [`${openAiTitles}\n${openAiRow('a lot', 'gpt-5, input')}\n`, 'is not valid in row 1: amount_value'],
  [`${openAiTitles}\n${openAiRow('1', 'gpt-5, input', 99e12)}\n`, 'is not valid in row 1: start_time'],
  [`${openAiTitles}\n"unclosed\n`, 'is not CSV in line'],
  [`${openAiTitles}\n${'1,2\n'.repeat(2)}`, 'is not CSV in line'],
  [
    `${anthropicCostTitles}\n${'2026-11-01,m,w,k,t,c,t,0.1,0.1,t\n'.repeat(20_001)}`,
    'has more than 20000 rows',
  ],
])('what is no export is refused, with what is wrong: %#', (content, problem) => {
  expect(() => readProviderExport(content)).toThrow(problem);
});
