import type { ClientBase, Pool } from 'pg';
import { Fault } from '../fault.ts';
import { databaseFault, SqlError } from './sql-error.ts';

/** A statement, as data beside the code that needs it. */
export interface Query {
  /** `ledger.insert`: the label in metrics, and the name of the statement that the server keeps prepared. */
  readonly name: string;
  readonly text: string;
  /**
   * False where the server must not keep it prepared: behind a pooler, or at one where all clients share a session, its name
   * would be another's.
   */
  readonly isPrepared?: boolean;
}

export interface QueryResult {
  readonly rows: readonly unknown[];
  /** How many rows were read, inserted, changed or removed. */
  readonly rowCount: number;
}

/** Whom a query can be put to: the database, or a transaction on it. Rejects with a `Fault`. */
export interface Queryable {
  query(query: Query, values?: readonly unknown[]): Promise<QueryResult>;
}

/** Told of each query that has ended. */
export type OnQuery = (name: string, outcome: 'ok' | 'failed', durationMs: number) => void;

/** Puts a query to a connection, and tells how long it took. */
export async function putQuery(
  client: ClientBase,
  { name, text, isPrepared = true }: Query,
  values: readonly unknown[],
  onQuery: OnQuery,
): Promise<QueryResult> {
  const startedAtMs = performance.now();
  try {
    const result = await client.query<Record<string, unknown>>({
      ...(isPrepared && { name }),
      text,
      values: [...values],
    });
    onQuery(name, 'ok', performance.now() - startedAtMs);
    return { rows: result.rows, rowCount: result.rowCount ?? 0 };
  } catch (error) {
    onQuery(name, 'failed', performance.now() - startedAtMs);
    throw databaseFault(error, name);
  }
}

/**
 * Lends a connection of the pool. It goes back where Postgres itself has answered last, even with an error; else its
 * state is not known, and it is closed, as it is where the work calls `discard`. (The pool's own `query` closes it after any
 * error.)
 */
export async function withConnection<T>(
  pool: Pool,
  work: (client: ClientBase, discard: () => void) => Promise<T>,
): Promise<T> {
  const client = await pool.connect().catch((error: unknown) => {
    throw databaseFault(error, 'connect');
  });
  let isDiscarded = false;
  const discard = () => {
    isDiscarded = true;
  };
  try {
    return await work(client, discard);
  } catch (error) {
    if (!(error instanceof Fault && error.cause instanceof SqlError)) discard();
    throw error;
  } finally {
    client.release(isDiscarded);
  }
}
