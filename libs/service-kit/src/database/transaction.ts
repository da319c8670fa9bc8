import type { ClientBase, Pool } from 'pg';
import { backoffMs } from '../backoff.ts';
import type { Clock } from '../clock.ts';
import { type OnQuery, type Queryable, putQuery, withConnection } from './query.ts';
import { databaseFault, isRetryable } from './sql-error.ts';

export interface TransactionOptions {
  readonly isolation?: 'read committed' | 'repeatable read' | 'serializable';
  /** How often it is begun at most, where others were in its way. */
  readonly maxAttempts?: number;
}

interface TransactionDependencies {
  readonly pool: Pool;
  readonly clock: Clock;
  readonly onQuery: OnQuery;
}

/** The pause before the second attempt; each further one doubles it. A random part of it keeps rivals apart. */
const pause = { firstMs: 5, longestMs: 1_000 };

/**
 * Runs `work` in a transaction and answers with what it answers. Where Postgres gave way to another transaction it is
 * run again, so `work` must have no effect outside of the database. Rejects with what `work` threw, else with a `Fault`;
 * one that lost its connection while it committed may have been committed all the same.
 */
export async function runTransaction<T>(
  work: (transaction: Queryable) => Promise<T>,
  { isolation = 'read committed', maxAttempts = 5 }: TransactionOptions,
  dependencies: TransactionDependencies,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await attemptOnce(work, isolation, dependencies);
    } catch (error) {
      if (!isRetryable(error) || attempt >= maxAttempts) throw error;
    }
    const pauseMs = backoffMs(attempt - 1, pause) * (0.5 + Math.random());
    await new Promise<void>((resolve) => dependencies.clock.after(pauseMs, resolve));
  }
}

async function attemptOnce<T>(
  work: (transaction: Queryable) => Promise<T>,
  isolation: string,
  { pool, onQuery }: TransactionDependencies,
): Promise<T> {
  const outcome = await withConnection<{ value: T } | { error: unknown }>(pool, async (client, discard) => {
    await control(client, `begin isolation level ${isolation}`);
    try {
      const value = await work({ query: (query, values = []) => putQuery(client, query, values, onQuery) });
      await control(client, 'commit');
      return { value };
    } catch (error) {
      // The next user of the connection must not inherit an open transaction.
      await client.query('rollback').catch(discard);
      return { error };
    }
  });
  if ('error' in outcome) throw outcome.error;
  return outcome.value;
}

async function control(client: ClientBase, statement: string): Promise<void> {
  await client.query(statement).catch((error: unknown) => {
    throw databaseFault(error, statement);
  });
}
