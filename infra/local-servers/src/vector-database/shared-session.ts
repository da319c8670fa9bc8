import type { PGlite } from '@electric-sql/pglite';

/** Of a unit of messages: what the database answers, and whether it has left a transaction open, which is then undone. */
export interface UnitResult {
  readonly answer: Uint8Array;
  readonly leftTransaction: boolean;
}

export type ExecuteUnit = (messages: Uint8Array) => Promise<UnitResult>;

const readyAndIdle = Buffer.from([...Buffer.from('Z'), 0, 0, 0, 5, ...Buffer.from('I')]);
const rollback = Buffer.from([...Buffer.from('Q'), 0, 0, 0, 13, ...Buffer.from('rollback\0')]);

/** The one session that the database has, of which each unit of messages has its turn alone. */
export function sharedSession(database: PGlite): ExecuteUnit {
  return (messages) =>
    database.runExclusive(async () => {
      // Its answer lies in memory that the next one is written to.
      const answer = Buffer.from(await database.execProtocolRaw(messages));
      const leftTransaction = !answer.subarray(-readyAndIdle.length).equals(readyAndIdle);
      if (leftTransaction) await database.execProtocolRaw(rollback);
      return { answer, leftTransaction };
    });
}
