import { afterAll, beforeAll, expect, test } from 'vitest';
import { LedgerAttempts } from '../src/ledger/ledger-attempts.ts';
import { entryOfAdjustment, entryOfAttempt } from '../src/ledger/ledger-entry.ts';
import { LedgerWriter } from '../src/ledger/ledger-writer.ts';
import { adjustment, attempt, openTables, type Tables } from './ledger-harness.ts';

let tables: Tables;
beforeAll(async () => {
  tables = await openTables();
});
afterAll(() => tables.close());

test('the ledger knows an attempt by its own event or its charge, once all is entered, and by the first of the two', async () => {
  const { database } = tables;
  const writer = new LedgerWriter({ database, months: { makeRoomFor: async () => undefined } });
  let waits = 0;
  const barrier = {
    passed: async () => {
      waits += 1;
      return { sequence: waits, streamCreatedAt: '', since: new Date() };
    },
  };
  const attempts = new LedgerAttempts({ database, barrier });
  // Milliseconds that have no exact double as seconds.
  const made = Array.from({ length: 50 }, (_, i) => attempt({ startedAtMs: 1_781_524_800_001 + i * 7 }));
  const [charged = attempt(), replayed = attempt()] = made.splice(0, 2);
  await writer.enter([
    ...made.map((one, i) => ({ entry: entryOfAttempt(one), streamSequence: 10 + i })),
    { entry: entryOfAttempt(replayed), streamSequence: null },
    { entry: entryOfAdjustment(adjustment(charged, 'expired')), streamSequence: 1 },
    ...made
      .slice(0, 1)
      .map((one) => ({ entry: entryOfAdjustment(adjustment(one, 'expired')), streamSequence: 90 })),
    ...made
      .slice(0, 1)
      .map((one) => ({ entry: entryOfAdjustment(adjustment(one, 'corrected')), streamSequence: 5 })),
  ]);
  const asked = [charged, ...made, { ...attempt(), attempt: 2 }, replayed];
  const sequences = made.map((_, i) => 10 + i);
  expect(await attempts.sequencesOf(asked)).toEqual([1, ...sequences, undefined, Infinity]);
  expect(waits).toBe(1);
  expect(await attempts.sequencesOf([])).toEqual([]);
  expect(waits).toBe(1);
});
