import type { Query, Queryable } from '@weir/service-kit/database/query';
import type { AttemptId, EnteredAttempts } from '../domain/entered-attempts.ts';
import type { SequenceBarrier } from './sequence-barrier.ts';

interface LedgerAttemptsParts {
  readonly database: Queryable;
  readonly barrier: Pick<SequenceBarrier, 'passed'>;
}

const find: Query = {
  name: 'ledger.find-attempt',
  text: `select from llm_usage_log
    where ts = to_timestamp($1::double precision / 1000) and request_id = $2 and attempt = $3 and entry = 'attempt'`,
};

/** Whether the ledger has an attempt, once it has all that was in the stream. */
export class LedgerAttempts implements EnteredAttempts {
  readonly #parts: LedgerAttemptsParts;

  constructor(parts: LedgerAttemptsParts) {
    this.#parts = parts;
  }

  async isEntered({ requestId, attempt, startedAtMs }: AttemptId): Promise<boolean> {
    const { barrier, database } = this.#parts;
    await barrier.passed();
    const { rowCount } = await database.query(find, [startedAtMs, requestId, attempt]);
    return rowCount === 1;
  }
}
