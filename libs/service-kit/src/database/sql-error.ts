import { DatabaseError } from 'pg';
import { Fault } from '../fault.ts';

interface SqlErrorOptions {
  readonly sqlState: string;
  readonly constraint: string | undefined;
  /** The name of the query, or what was done instead of one. */
  readonly query: string;
}

/**
 * An error that Postgres answered with, less what it quotes of the data: a log must not hold them. It is the cause of
 * the fault that callers see.
 */
export class SqlError extends Error {
  override readonly name = 'SqlError';
  /** Five characters: `23505` is a unique violation. */
  readonly sqlState: string;
  readonly constraint: string | undefined;
  readonly query: string;

  constructor(message: string, { sqlState, constraint, query }: SqlErrorOptions) {
    super(message);
    this.sqlState = sqlState;
    this.constraint = constraint;
    this.query = query;
  }
}

/** Somebody else's transaction was in the way; the same transaction may succeed when it is run again. */
const serializationFailure = '40001';
const deadlockDetected = '40P01';
const uniqueViolation = '23505';

/**
 * The server is not there, refuses to let us in or has no room: nothing that a caller did, and never a 401. Beside the
 * classes 08 (connection), 28 (authorization) and 53 (resources): it stops or starts, a statement took too long, a lock
 * was not had in time, the role or the database is not there (yet).
 */
const unavailable = /^(08|28|53|57P0[1-5]|57014|55P03|25P0[34]|3D000)/;
/** Messages of the class "data exception" quote the value. */
const dataException = '22';

/** What a failed query is to callers. `query` says which it was. */
export function databaseFault(thrown: unknown, query: string): Fault {
  if (thrown instanceof Fault) return thrown;
  if (isProgrammingError(thrown)) return new Fault('internal_error', { cause: thrown });
  if (!(thrown instanceof DatabaseError)) {
    // The driver's or the network's: unreachable, cut, timed out, no connection free.
    const reason = thrown instanceof Error ? thrown.message || thrown.name : String(thrown);
    return new Fault('service_unavailable', { cause: new Error(`${query}: ${reason}`) });
  }
  const { code: sqlState = '', constraint } = thrown;
  const message = sqlState.startsWith(dataException) ? `a value was refused (${sqlState})` : thrown.message;
  const cause = new SqlError(`${query}: ${message}`, { sqlState, constraint, query });
  if (isRetryable(cause)) return new Fault('overloaded', { cause });
  return new Fault(unavailable.test(sqlState) ? 'service_unavailable' : 'internal_error', { cause });
}

/** A mistake in our own code, and no state of the database: one name for two queries is one, in the driver's words. */
function isProgrammingError(thrown: unknown): boolean {
  const isOurs = thrown instanceof TypeError || thrown instanceof RangeError || thrown instanceof SyntaxError;
  return (
    isOurs || (thrown instanceof Error && thrown.message.startsWith('Prepared statements must be unique'))
  );
}

/** Whether a transaction that failed so is worth another try. */
export function isRetryable(thrown: unknown): boolean {
  const sqlState = sqlStateOf(thrown);
  return sqlState === serializationFailure || sqlState === deadlockDetected;
}

/** The name of the unique constraint that a failed query would have violated; undefined where it failed otherwise. */
export function violatedUniqueConstraint(thrown: unknown): string | undefined {
  const cause = thrown instanceof Fault ? thrown.cause : thrown;
  return cause instanceof SqlError && cause.sqlState === uniqueViolation ? cause.constraint : undefined;
}

/** Whether the server has answered, and will answer the same tomorrow: a wrong password, no such database. */
export function isFinalRefusal(thrown: unknown): boolean {
  return /^(28|3D000)/.test(sqlStateOf(thrown) ?? '');
}

function sqlStateOf(thrown: unknown): string | undefined {
  const cause = thrown instanceof Fault ? thrown.cause : thrown;
  if (cause instanceof SqlError) return cause.sqlState;
  return cause instanceof DatabaseError ? cause.code : undefined;
}
