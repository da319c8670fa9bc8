import type { Database } from '@weir/service-kit/database/database';
import type { Query, Queryable } from '@weir/service-kit/database/query';
import { integerColumn, rows } from '@weir/service-kit/database/rows';
import { z } from 'zod';
import type { Spent, SpentQuery, SpentSource } from '../domain/spent-source.ts';
import { latestMs } from './month.ts';
import type { EnteredThrough, SequenceBarrier } from './sequence-barrier.ts';
import { likePattern, sumBeyond, sumOfLedger, sumOfRollups } from './spent-queries.ts';
import { splitTime, type TimeRange } from './time-ranges.ts';

interface LedgerSpentSourceParts {
  readonly database: Pick<Database, 'transaction'>;
  readonly barrier: Pick<SequenceBarrier, 'passed'>;
}

/** No row is later: "for all time" may end at any number. */
const dayMs = 86_400_000;

const listDirty: Query = {
  name: 'spent.list-dirty',
  text: `select distinct (extract(epoch from quarter) * 1000)::bigint as quarter from dirty_quarters`,
};

const dirtySchema = z.object({ quarter: integerColumn });
const usedSchema = z.object({ index: integerColumn, used: integerColumn });

/**
 * What the ledger has through a place in the stream: all that it has, less what has been entered beyond. All that it has is the
 * rollups and, where they do not have everything, the rows; in one snapshot, in which the two fit together exactly.
 */
export class LedgerSpentSource implements SpentSource {
  readonly #parts: LedgerSpentSourceParts;

  constructor(parts: LedgerSpentSourceParts) {
    this.#parts = parts;
  }

  async read(query: SpentQuery): Promise<Spent> {
    const { database, barrier } = this.#parts;
    const through = await barrier.passed();
    const used = await database.transaction((snapshot) => sumOf(snapshot, query, through), {
      isolation: 'repeatable read',
    });
    return { throughSequence: through.sequence, streamCreatedAt: through.streamCreatedAt, used };
  }
}

async function sumOf(
  snapshot: Queryable,
  query: SpentQuery,
  { sequence, since }: EnteredThrough,
): Promise<ReadonlyMap<number, number>> {
  const { scope, model, bucketMs } = query;
  const [fromMs, toMs] = [Math.max(0, query.fromMs), Math.min(query.toMs, latestMs + dayMs)];
  const dirty = rows(dirtySchema, await snapshot.query(listDirty)).map(({ quarter }) => quarter);
  const { rollups, ledger } = splitTime({ fromMs, toMs, bucketMs, dirtyMs: dirty });
  const used = new Map<number, number>();
  const add = async (sum: Query, over: readonly TimeRange[], sign: 1 | -1, further: unknown[] = []) => {
    for (const range of over) {
      const values = [scope.id, scope.organisation ?? null, likePattern(model), bucketMs ?? 0];
      const result = await snapshot.query(sum, [...values, range.fromMs, range.toMs, ...further]);
      for (const { index, used: some } of rows(usedSchema, result))
        used.set(index, (used.get(index) ?? 0) + sign * some);
    }
  };
  await add(sumOfRollups(query), rollups, 1);
  await add(sumOfLedger(query), ledger, 1);
  await add(sumBeyond(query), [{ fromMs, toMs }], -1, [since, sequence]);
  return used;
}
