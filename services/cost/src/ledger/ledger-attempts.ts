import type { Query, Queryable } from '@weir/service-kit/database/query';
import { integerColumn, rows } from '@weir/service-kit/database/rows';
import { z } from 'zod';
import type { AttemptId, EnteredAttempts } from '../domain/entered-attempts.ts';
import type { SequenceBarrier } from './sequence-barrier.ts';

interface LedgerAttemptsParts {
  readonly database: Queryable;
  readonly barrier: Pick<SequenceBarrier, 'passed'>;
}

const find: Query = {
  name: 'ledger.find-attempts',
  text: `select asked.place, min(entered.stream_sequence) as sequence
    from unnest($1::double precision[], $2::text[], $3::integer[]) with ordinality as asked (started, request_id, attempt, place)
    join llm_usage_log as entered
      on entered.ts = to_timestamp(asked.started / 1000) and entered.request_id = asked.request_id
        and entered.attempt = asked.attempt and entered.entry in ('attempt', 'expired')
    group by asked.place`,
};

const foundSchema = z.object({ place: integerColumn, sequence: integerColumn.nullable() });

/** Whether the ledger has attempts or their charges, once it has all that was in the stream. */
export class LedgerAttempts implements EnteredAttempts {
  readonly #parts: LedgerAttemptsParts;

  constructor(parts: LedgerAttemptsParts) {
    this.#parts = parts;
  }

  async sequencesOf(attempts: readonly AttemptId[]): Promise<(number | undefined)[]> {
    if (attempts.length === 0) return [];
    const { barrier, database } = this.#parts;
    await barrier.passed();
    const columns = [
      attempts.map(({ startedAtMs }) => startedAtMs),
      attempts.map(({ requestId }) => requestId),
      attempts.map(({ attempt }) => attempt),
    ];
    const found = rows(foundSchema, await database.query(find, columns));
    const sequences = new Map(found.map(({ place, sequence }) => [place, sequence ?? Infinity]));
    return attempts.map((_, i) => sequences.get(i + 1));
  }
}
