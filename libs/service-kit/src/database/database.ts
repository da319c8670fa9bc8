import { Pool } from 'pg';
import { isDoneWithin, type Clock } from '../clock.ts';
import { HealthProbe } from '../health-probe.ts';
import type { Logger } from '../logger.ts';
import type { Metrics } from '../metrics.ts';
import type { DatabaseSettings } from './database-config.ts';
import { connectionOptions } from './connection-options.ts';
import { migrate } from './migrate.ts';
import {
  type OnQuery,
  type Query,
  type QueryResult,
  type Queryable,
  putQuery,
  withConnection,
} from './query.ts';
import { databaseFault } from './sql-error.ts';
import { type TransactionOptions, runTransaction } from './transaction.ts';
import { untilReachable } from './until-reachable.ts';

export interface DatabaseOptions {
  readonly settings: DatabaseSettings;
  /** Whose schema it is: unqualified names are looked for there and nowhere else. */
  readonly service: string;
  /** The folder of its migrations, which are brought up to date first. */
  readonly migrations?: URL;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

const idleTimeoutMs = 30_000;
const closeTimeoutMs = 5_000;

const ping: Query = { name: 'ping', text: 'select 1' };

/**
 * Waits for the database, brings its schema up to date and answers with it. Rejects, in words for an operator, where
 * waiting would not help: it does not let us in, is too old, or a migration fails.
 */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const { migrations, ...rest } = options;
  await untilReachable(rest);
  if (migrations) await migrate({ ...rest, folder: migrations });
  return new Database(options);
}

/** A pool of connections to the service's own schema. Whatever fails, fails as a `Fault`, and within its time-out. */
export class Database implements Queryable {
  readonly #pool: Pool;
  readonly #clock: Clock;
  readonly #onQuery: OnQuery;
  readonly #health: HealthProbe;
  #ended: Promise<void> | undefined;

  constructor({ settings, service, clock, logger, metrics }: DatabaseOptions) {
    this.#clock = clock;
    this.#pool = new Pool({
      ...connectionOptions(settings, service),
      max: settings.maxConnections,
      idleTimeoutMillis: idleTimeoutMs,
      // A timer for an idle connection keeps no process alive.
      allowExitOnIdle: true,
    });
    // Postgres may say that it ends a connection after whoever used it has given it back. Whoever waits for a query hears of a
    // lost connection; an error that nobody listens to would end the process.
    this.#pool.on('connect', (client) => client.on('error', () => undefined));
    this.#pool.on('error', (error) => {
      logger.warn({ err: databaseFault(error, 'idle').cause }, 'lost an idle connection to Postgres');
    });
    this.#health = new HealthProbe({ ping: () => this.query(ping), lack: 'an answer from Postgres', clock });
    const duration = metrics.duration({
      name: 'database_query_duration_seconds',
      help: 'Time until a query was answered, by its name',
      labels: ['query', 'outcome'],
    });
    this.#onQuery = (query, outcome, durationMs) => {
      if (outcome === 'ok') this.#health.answered();
      duration.labels({ query, outcome }).observe(durationMs / 1_000);
    };
    metrics.gaugeBy(
      {
        name: 'database_connections',
        help: 'Connections to Postgres, and queries that wait for one',
        labels: ['state'],
      },
      () => {
        const { totalCount, idleCount, waitingCount } = this.#pool;
        return [
          [{ state: 'busy' }, totalCount - idleCount],
          [{ state: 'idle' }, idleCount],
          [{ state: 'waiting' }, waitingCount],
        ];
      },
    );
  }

  query(query: Query, values: readonly unknown[] = []): Promise<QueryResult> {
    return withConnection(this.#pool, (client) => putQuery(client, query, values, this.#onQuery));
  }

  /** See `runTransaction`. */
  transaction<T>(work: (transaction: Queryable) => Promise<T>, options: TransactionOptions = {}): Promise<T> {
    const dependencies = { pool: this.#pool, clock: this.#clock, onQuery: this.#onQuery };
    return runTransaction(work, options, dependencies);
  }

  /** What a service lacks of it before it can serve, in words for an operator; empty where it answers. */
  missing(): Promise<string[]> {
    return this.#health.missing();
  }

  /** Lets what was begun come to its end, for some seconds, and closes all connections. */
  async close(): Promise<void> {
    this.#ended ??= this.#pool.end().catch(() => undefined);
    await isDoneWithin(this.#ended, closeTimeoutMs, this.#clock);
  }
}
