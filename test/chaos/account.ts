import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { z } from 'zod';
import type { Load } from './load.ts';
import type { Stand } from './stand.ts';

/** What providers were asked by a load's requests, and what the ledger has of it. */
export interface Account {
  readonly calls: number;
  readonly events: number;
  /** By request, where they differ. */
  readonly differences: readonly string[];
}

const rowsSchema = z.array(z.object({ end_user: z.string().nullable(), outcome: z.string() }));
const bodySchema = z.object({ user: z.string().optional() });

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
    .map(({ body }) => bodySchema.safeParse(body).data?.user ?? '')
    .filter((user) => load.owns(user));
}

async function entriesOf(load: Load, { gateway }: Stand): Promise<{ user: string; outcome: string }[]> {
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
function compare(calls: readonly string[], entries: readonly { user: string; outcome: string }[]): Account {
  const callsBy = countBy(calls);
  const entriesBy = countBy(entries.map(({ user }) => user));
  const answeredBy = countBy(entries.filter(({ outcome }) => outcome === 'ok').map(({ user }) => user));
  const differences = [...new Set([...callsBy.keys(), ...entriesBy.keys()])].flatMap((user) => {
    const called = callsBy.get(user) ?? 0;
    const entered = entriesBy.get(user) ?? 0;
    const answered = answeredBy.get(user) ?? 0;
    const isRight = called <= entered && answered <= called;
    return isRight ? [] : [`${user}: ${called} calls, ${entered} events, ${answered} of them answered`];
  });
  return { calls: calls.length, events: entries.length, differences };
}

function countBy(names: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}
