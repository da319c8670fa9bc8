import type { AdminClient } from '@weir/admin-client/admin-client';
import type { InputOf } from '@weir/contracts/admin/admin-endpoint';
import { readBudget, writeBudget } from '@weir/contracts/admin/budgets';
import { createKey } from '@weir/contracts/admin/virtual-keys';
import type { scopeKinds } from '@weir/contracts/cost/limits';
import { toNanoUsd } from '@weir/pricing/money';
import { Client } from 'pg';
import { z } from 'zod';

/** One that hides nothing of what it says, so that its streams are held for in slices. */
export const pricedModel = 'gpt-4.1-mini';

/** What `pricedModel` costs, in nano-USD a token. */
export const rates = { input: 400, output: 1_600 };

type Limits = InputOf<typeof writeBudget>['limits'];

export interface LimitedKey {
  readonly id: string;
  /** What callers send. */
  readonly key: string;
}

/** A virtual key with limits of its own. */
export async function keyWithLimits(admin: AdminClient, limits: Limits): Promise<LimitedKey> {
  const { id, key } = await admin.call(createKey, { name: 'limited' });
  await setLimits(admin, 'key', id, limits);
  return { id, key };
}

export async function setLimits(
  admin: AdminClient,
  scope: (typeof scopeKinds)[number],
  id: string,
  limits: Limits,
): Promise<void> {
  await admin.call(writeBudget, { scope, id, limits });
}

export interface Spending {
  readonly usedNanoUsd: number;
  readonly heldNanoUsd: number;
}

/** What is used and held of a key's only limit, which is of money; undefined where that cannot be told now. */
export async function spendingOf(admin: AdminClient, { id }: LimitedKey): Promise<Spending | undefined> {
  const { limits } = await admin.call(readBudget, { scope: 'key', id });
  const usage = limits[0]?.usage;
  if (!usage) return undefined;
  return { usedNanoUsd: toNanoUsd(String(usage.used)), heldNanoUsd: toNanoUsd(String(usage.held)) };
}

const entrySchema = z.object({
  request_id: z.string(),
  attempt: z.number(),
  entry: z.enum(['attempt', 'cache_hit', 'expired', 'corrected']),
  end_user: z.string().nullable(),
  outcome: z.string(),
  usage_source: z.string(),
  nano_usd: z.coerce.number(),
});

export type LedgerEntry = z.output<typeof entrySchema>;

/** What the ledger has of a key's usage. */
export async function ledgerOf(databaseUrl: string, { id }: LimitedKey): Promise<LedgerEntry[]> {
  const client = new Client(databaseUrl);
  await client.connect();
  try {
    const { rows } = await client.query(
      `select request_id, attempt, entry, end_user, outcome, usage_source, cost_usd * 1e9 as nano_usd
       from cost.llm_usage_log where key_id = $1 order by ts, request_id, attempt, entry`,
      [id],
    );
    return z.array(entrySchema).parse(rows);
  } finally {
    await client.end();
  }
}

export const sumOf = (entries: readonly { nano_usd: number }[]) =>
  entries.reduce((sum, { nano_usd }) => sum + nano_usd, 0);
