import type { importUsage } from '@weir/contracts/admin/usage';
import type { ReplyOf } from '@weir/contracts/descriptors';
import { formatUsd } from '@weir/pricing/money';
import type { ExportedLine } from './export-cells.ts';
import { daysOf, type ProviderExport } from './provider-export.ts';

type Comparison = ReplyOf<typeof importUsage>;
type Compared = Comparison['total'];

/** What the ledger says of a model's day. */
export interface LedgerDay {
  /** In UTC: `2026-11-30`. */
  readonly day: string;
  readonly model: string;
  readonly costNanoUsd: number;
  readonly attempts: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly unpricedAttempts: number;
}

/** Sums of one side; a figure that no line has is undefined. */
interface Sums {
  costNanoUsd?: number | undefined;
  requests?: number | undefined;
  inputTokens?: number | undefined;
  outputTokens?: number | undefined;
}

interface Group {
  readonly day: string;
  /** As the ledger calls it, else as the export does; null for all together. */
  model: string | null;
  readonly provider: Sums;
  readonly ledger: Sums;
}

/** Both sides beside each other, by day and model; by day alone where the export has no models. */
export function compareUsage(exported: ProviderExport, ledgerDays: readonly LedgerDay[]): Comparison {
  const figures = exported.lines.filter(hasFigures);
  const isByModel = figures.some(({ model }) => model !== undefined);
  const assigned = figures.filter(({ model }) => !isByModel || model !== undefined);
  const unassigned = figures.filter(({ model }) => isByModel && model === undefined);
  const groups = new Map<string, Group>();
  const groupOf = (day: string, name: string | undefined) => {
    const model = isByModel ? (name ?? '') : null;
    const key = `${day} ${model === null ? '' : modelFamily(model)}`;
    const group = groups.get(key) ?? { day, model, provider: {}, ledger: {} };
    groups.set(key, group);
    return group;
  };
  for (const ofLedger of ledgerDays) {
    const { attempts: requests, day, model, ...sums } = ofLedger;
    addTo(groupOf(day, model).ledger, { ...sums, requests });
  }
  for (const line of assigned) addTo(groupOf(line.day, line.model).provider, line);
  const unit = exported.format.endsWith('-costs') ? 'usd' : 'tokens';
  const all = [...groups.values()];
  const total: Group = { day: '', model: null, provider: {}, ledger: {} };
  for (const { ledger, provider } of all) {
    addTo(total.ledger, ledger);
    addTo(total.provider, provider);
  }
  for (const line of unassigned) addTo(total.provider, line);
  const whole = compare(total, unit);
  const unpricedAttempts = ledgerDays.reduce((sum, day) => sum + day.unpricedAttempts, 0);
  const isPriced = unit === 'tokens' || unpricedAttempts === 0;
  const data = all
    .sort((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1))
    .map((group) => ({ day: group.day, model: group.model, ...compare(group, unit) }));
  const isWithin =
    differenceOfModels(all, unassigned, unit) * 100 <= Math.abs(amountOf(total.provider, unit));
  return {
    format: exported.format,
    ...daysOf(exported),
    unit,
    total: whole,
    within_one_percent: isPriced && isWithin,
    worst: worstOf(data),
    unpriced_attempts: unpricedAttempts,
    data,
    unassigned: {
      rows: unassigned.length,
      cost_usd: formatUsd(unassigned.reduce((sum, { costNanoUsd = 0 }) => sum + costNanoUsd, 0)),
    },
  };
}

const placeOf = ({ day, model }: Group) => `${day} ${model ?? ''}`;

const hasFigures = ({ costNanoUsd, inputTokens, requests }: ExportedLine) =>
  costNanoUsd !== undefined || inputTokens !== undefined || requests !== undefined;

function addTo(sums: Sums, added: Sums): void {
  for (const field of ['costNanoUsd', 'requests', 'inputTokens', 'outputTokens'] as const) {
    const value = added[field];
    if (value !== undefined) sums[field] = (sums[field] ?? 0) + value;
  }
}

/**
 * Providers' exports tell which dated version has answered, or what people call the model, and callers ask by whatever name:
 * `gpt-5-mini-2025-08-07` is `gpt-5-mini`, and `Claude Haiku 4.5` is `claude-haiku-4-5-20251001`.
 */
export function modelFamily(name: string): string {
  return name
    .trim()
    .toLowerCase()
    .replace(/[\s.]+/g, '-')
    .replace(/-(latest|\d{4}-\d{2}-\d{2}|20\d{6})$/, '');
}

type Unit = Comparison['unit'];

function amountOf({ costNanoUsd, inputTokens, outputTokens }: Sums, unit: Unit): number {
  return unit === 'usd' ? (costNanoUsd ?? 0) : (inputTokens ?? 0) + (outputTokens ?? 0);
}

function compare({ ledger, provider }: Group, unit: Unit): Compared {
  const [ours, theirs] = [amountOf(ledger, unit), amountOf(provider, unit)];
  const difference = ours - theirs;
  return {
    provider: sideOf(provider),
    ledger: sideOf(ledger),
    difference: unit === 'usd' ? formatUsd(difference) : String(difference),
    difference_percent: theirs === 0 ? null : Math.round((difference / theirs) * 1e6) / 1e4,
  };
}

/** What each model differs by over all days, added up: what is too much of one does not make up for what another lacks. */
function differenceOfModels(
  groups: readonly Group[],
  unassigned: readonly ExportedLine[],
  unit: Unit,
): number {
  const byModel = new Map<string, number>();
  for (const { ledger, model, provider } of groups) {
    const family = modelFamily(model ?? '');
    const difference = amountOf(ledger, unit) - amountOf(provider, unit);
    byModel.set(family, (byModel.get(family) ?? 0) + difference);
  }
  const differences = [...byModel.values(), ...unassigned.map((line) => amountOf(line, unit))];
  return differences.reduce((sum, difference) => sum + Math.abs(difference), 0);
}

/** The row that differs most, in dollars or tokens. */
function worstOf(data: Comparison['data']): Comparison['worst'] {
  const sizeOf = ({ difference }: Comparison['data'][number]) => Math.abs(Number(difference));
  const [worst] = data.filter((row) => sizeOf(row) > 0).toSorted((a, b) => sizeOf(b) - sizeOf(a));
  if (!worst) return null;
  const { day, difference, difference_percent, model } = worst;
  return { day, model, difference, difference_percent };
}

const sideOf = ({ costNanoUsd, inputTokens, outputTokens, requests }: Sums): Compared['ledger'] => ({
  cost_usd: costNanoUsd === undefined ? null : formatUsd(costNanoUsd),
  requests: requests ?? null,
  input_tokens: inputTokens ?? null,
  output_tokens: outputTokens ?? null,
});
