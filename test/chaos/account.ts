import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { z } from 'zod';
import type { Load } from './load.ts';
import type { Stand } from './stand.ts';

/** What providers were asked by a load's requests, and what the ledger has of it. */
export interface Account {
  readonly calls: number;
  /** Of attempts that reached the provider, as far as their outcomes tell. */
  readonly events: number;
  /** Attempts that ended before, by their outcomes: an event each, and no call. */
  readonly unsent: Readonly<Record<string, number>>;
  /** By request, where they differ. */
  readonly differences: readonly string[];
}

interface Entry {
  readonly user: string;
  readonly outcome: string;
}

const rowsSchema = z.array(z.object({ end_user: z.string().nullable(), outcome: z.string() }));
/** What OpenAI calls the end user, and what Anthropic does. */
const bodySchema = z
  .object({ user: z.string().optional(), metadata: z.object({ user_id: z.string().optional() }).optional() })
  .transform(({ user, metadata }) => user ?? metadata?.user_id ?? '');

/** How long a ledger that was cut off may take to catch up. */
const patienceMs = 30_000;

/** Resolves once the ledger has an entry for each call to the provider, or with what is wrong after half a minute. */
export async function accountOf(load: Load, stand: Stand): Promise<Account> {
  const endsAtMs = performance.now() + patienceMs;
  for (;;) {
    const account = compare(callsOf(load, stand), await entriesOf(load, stand));
    if (account.differences.length === 0 || performance.now() > endsAtMs) return account;
    await delay(200);
  }
}

function callsOf(load: Load, { provider }: Stand): string[] {
  return provider.requests
    .filter(({ method }) => method === 'POST')
    .map(({ body }) => bodySchema.safeParse(body).data ?? '')
    .filter((user) => load.owns(user));
}

async function entriesOf(load: Load, { gateway }: Stand): Promise<Entry[]> {
  const client = new Client(gateway.databaseUrl);
  client.on('error', () => undefined); // Its promises tell.
  await client.connect();
  try {
    const text = `select end_user, outcome from cost.llm_usage_log where entry = 'attempt'`;
    const { rows } = await client.query(text);
    return rowsSchema
      .parse(rows)
      .map(({ end_user, outcome }) => ({ user: end_user ?? '', outcome }))
      .filter(({ user }) => load.owns(user));
  } finally {
    await client.end();
  }
}

/** An attempt that did not reach the provider is an event without a call, and says so by its outcome. */
function compare(calls: readonly string[], entries: readonly Entry[]): Account {
  const called = countBy(calls);
  const entered = Map.groupBy(entries, ({ user }) => user);
  const unsent: Record<string, number> = {};
  const differences: string[] = [];
  for (const user of new Set([...called.keys(), ...entered.keys()])) {
    const own = entered.get(user) ?? [];
    const count = called.get(user) ?? 0;
    const failed = own.filter(({ outcome }) => outcome !== 'ok').map(({ outcome }) => outcome);
    const isRight = count <= own.length && own.length - failed.length <= count;
    if (!isRight) {
      const outcomes = own.map(({ outcome }) => outcome).join(', ');
      differences.push(`${user}: ${count} calls, ${own.length} events: ${outcomes}`);
    }
    for (const outcome of failed.slice(0, Math.max(0, own.length - count)))
      unsent[outcome] = (unsent[outcome] ?? 0) + 1;
  }
  const unsentCount = Object.values(unsent).reduce((sum, count) => sum + count, 0);
  return { calls: calls.length, events: entries.length - unsentCount, unsent, differences };
}

function countBy(names: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}
