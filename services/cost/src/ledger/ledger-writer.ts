import type { Query, Queryable } from '@weir/service-kit/database/query';
import { integerColumn, rows } from '@weir/service-kit/database/rows';
import { SqlError } from '@weir/service-kit/database/sql-error';
import { Fault } from '@weir/service-kit/fault';
import { z } from 'zod';
import { columnValues, entryColumns, type ReceivedEntry } from './entry-columns.ts';
import type { UsageMonths } from './usage-months.ts';

interface LedgerWriterParts {
  readonly database: Queryable;
  readonly months: Pick<UsageMonths, 'makeRoomFor'>;
}

const names = entryColumns.map(({ name }) => name).join(', ');
const parameters = entryColumns.map(({ type }, index) => `$${index + 1}::${type}[]`).join(', ');
const values = entryColumns.map(({ name, convert }) => convert?.(`sent.${name}`) ?? `sent.${name}`);

/** One statement, and so one transaction: rows that are new, and that the rollups of their time lack them. */
const insert: Query = {
  name: 'ledger.insert',
  text: `with entered as (
      insert into llm_usage_log (${names})
      select ${values.join(', ')} from unnest(${parameters}) as sent (${names})
      on conflict do nothing
      returning ts
    ), noted as (
      insert into dirty_quarters (quarter)
      select distinct date_bin('15 minutes', ts, timestamptz 'epoch') from entered
    )
    select count(*) as entered from entered`,
};

const enteredSchema = z.object({ entered: integerColumn });

/** Enters what was used, each attempt once however often its event comes. */
export class LedgerWriter {
  readonly #parts: LedgerWriterParts;

  constructor(parts: LedgerWriterParts) {
    this.#parts = parts;
  }

  /**
   * Resolves, once it is committed, with how many of the entries are new. Rejects with `service_unavailable` where the
   * ledger is away: the same entries may be put again, whatever has become of them.
   */
  async enter(received: readonly ReceivedEntry[]): Promise<number> {
    const { database, months } = this.#parts;
    try {
      await months.makeRoomFor(received.map(({ entry }) => entry.startedAtMs));
      const result = await database.query(insert, columnValues(received));
      return rows(enteredSchema, result)[0]?.entered ?? 0;
    } catch (thrown) {
      throw isOfTheLedger(thrown) ? new Fault('service_unavailable', { cause: thrown }) : thrown;
    }
  }
}

/**
 * Whether Postgres has refused the statement for another reason than its values (classes 22 and 23): a standby that takes no
 * writes yet, a table that is not there. That is over one day, and no event may be given up for it.
 */
function isOfTheLedger(thrown: unknown): boolean {
  const cause = thrown instanceof Fault ? thrown.cause : thrown;
  return cause instanceof SqlError && !/^2[23]/.test(cause.sqlState);
}
