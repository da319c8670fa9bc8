import type { Clock } from '@weir/service-kit/clock';
import type { Query, Queryable } from '@weir/service-kit/database/query';
import { integerColumn, rows } from '@weir/service-kit/database/rows';
import { Fault } from '@weir/service-kit/fault';
import type { Logger } from '@weir/service-kit/logger';
import type { Metrics } from '@weir/service-kit/metrics';
import { z } from 'zod';
import { type Month, monthAfter, monthOf, monthsBetween } from './month.ts';

interface UsageMonthsParts {
  readonly database: Queryable;
  /** How many past months of rows are kept; all of them without it. */
  readonly retentionMonths: number | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** How many months are made before they begin. */
const monthsAhead = 2;
/** What comes later than this is a mistake of somebody's clock. */
const monthsBack = 36;
const intervalMs = 600_000;
const dayMs = 86_400_000;

const add: Query = { name: 'ledger.add-month', text: 'select add_usage_month($1::date) as present' };
const drop: Query = { name: 'ledger.drop-month', text: 'select drop_usage_month($1::date) as dropped' };
const list: Query = {
  name: 'ledger.list-months',
  text: `select replace(substring(relname from '\\d{4}_\\d{2}$'), '_', '-') as month
    from pg_inherits join pg_class on pg_class.oid = inhrelid
    where inhparent = 'llm_usage_log'::regclass and relname ~ '^llm_usage_log_\\d{4}_\\d{2}$'`,
};
const countStrays: Query = {
  name: 'ledger.count-strays',
  text: 'select count(*) as strays from llm_usage_log_default',
};

const addedSchema = z.object({ present: z.boolean() });
const droppedSchema = z.object({ dropped: z.boolean() });
const listedSchema = z.object({ month: z.string() });
const straysSchema = z.object({ strays: integerColumn });

/** The ledger's partitions: one a month, made before it begins and dropped when it is older than what is kept. */
export class UsageMonths {
  readonly #parts: UsageMonthsParts;
  /** That have a partition, as far as this replica knows. */
  readonly #present = new Set<Month>();
  /** That get none: they were dropped. */
  readonly #dropped = new Set<Month>();
  #strays = 0;
  #stop: (() => void) | undefined;

  constructor(parts: UsageMonthsParts) {
    this.#parts = parts;
    parts.metrics.gauge(
      { name: 'ledger_default_partition_rows', help: 'Rows of the ledger in months that have no partition.' },
      () => this.#strays,
    );
  }

  /** Rejects where the months that are to come cannot be made. From then on they are looked after. */
  async start(): Promise<void> {
    await this.look();
    this.#stop = this.#parts.clock.every(intervalMs, () => {
      this.look().catch((thrown: unknown) => {
        this.#parts.logger.warn(
          { err: Fault.from(thrown) },
          "the ledger's months could not be looked after; it is tried again",
        );
      });
    });
  }

  stop(): void {
    this.#stop?.();
  }

  /** Makes the months that rows of these times (Unix, in milliseconds) belong to, as far as they get one. */
  async makeRoomFor(timesMs: readonly number[]): Promise<void> {
    const days = new Set(timesMs.map((timeMs) => Math.floor(timeMs / dayMs)));
    const months = new Set([...days].map((day) => monthOf(day * dayMs)));
    const missing = [...months].filter((month) => !this.#present.has(month));
    if (missing.length === 0) return;
    const now = monthOf(this.#parts.clock.nowMs());
    const [first, last] = [monthAfter(now, -monthsBack), monthAfter(now, monthsAhead)];
    for (const month of missing) {
      if (month >= first && month <= last && !this.#dropped.has(month)) await this.#add(month);
    }
    const strays = missing.filter((month) => !this.#present.has(month));
    if (strays.length > 0) {
      const { logger } = this.#parts;
      logger.error(
        { months: strays },
        'rows fall into the default partition of the ledger: their month has none',
      );
      // Counted once they are there.
      this.#parts.clock.after(1_000, () => void this.#count().catch(() => undefined));
    }
  }

  /** Makes what is to come, drops what is over. Safe where several replicas do it at once. */
  async look(): Promise<void> {
    const now = monthOf(this.#parts.clock.nowMs());
    for (const month of monthsBetween(now, monthAfter(now, monthsAhead))) await this.#add(month);
    await this.#dropOldest(now);
    await this.#count();
  }

  async #add(month: Month): Promise<void> {
    const [added] = rows(addedSchema, await this.#parts.database.query(add, [`${month}-01`]));
    (added?.present === true ? this.#present : this.#dropped).add(month);
  }

  async #dropOldest(now: Month): Promise<void> {
    const { database, logger, retentionMonths } = this.#parts;
    const months = rows(listedSchema, await database.query(list)).map(({ month }) => month);
    // Another replica may have dropped some.
    for (const month of this.#present) if (!months.includes(month)) this.#present.delete(month);
    const oldestKept = retentionMonths === undefined ? '' : monthAfter(now, -retentionMonths);
    for (const month of months.filter((each) => each < oldestKept).sort()) {
      const [result] = rows(droppedSchema, await database.query(drop, [`${month}-01`]));
      if (result?.dropped !== true) continue;
      this.#present.delete(month);
      this.#dropped.add(month);
      logger.info({ month }, "dropped a month of the ledger's rows, which are older than what is kept");
    }
  }

  async #count(): Promise<void> {
    const { database, logger } = this.#parts;
    const [counted] = rows(straysSchema, await database.query(countStrays));
    this.#strays = counted?.strays ?? 0;
    if (this.#strays > 0)
      logger.error(
        { rows: this.#strays },
        'the default partition of the ledger is not empty: see llm_usage_log_default',
      );
  }
}
