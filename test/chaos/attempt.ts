import type { ChaosRow, StartRow } from './row.ts';
import type { RowResult } from './result.ts';
import { runRow } from './run-row.ts';
import { Stand } from './stand.ts';

/** Runs a row on a stand of its own. One that breaks off is a result with that as its problem. */
export async function attempt(row: ChaosRow): Promise<Omit<RowResult, 'nats'>> {
  try {
    return 'start' in row ? await startRow(row) : await onStand(row);
  } catch (error) {
    const problem = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { ...nothingAsked(row), problems: [problem.slice(0, 2_000)] };
  }
}

async function onStand(row: Exclude<ChaosRow, StartRow>) {
  const stand = await Stand.start(row.stand);
  try {
    return await runRow(row, stand);
  } finally {
    await stand.close();
  }
}

async function startRow(row: StartRow): Promise<Omit<RowResult, 'nats'>> {
  const { seen, problems, tookMs } = await row.start();
  return { ...nothingAsked(row), harmMs: Math.round(tookMs), seen, problems: [...problems] };
}

const nothingAsked = ({ name, part, done }: ChaosRow): Omit<RowResult, 'nats' | 'problems'> => ({
  ...{ name, part, done, requests: 0, failed: 0, codes: {}, longestWaitMs: 0, deadlineMs: 0, harmMs: 0 },
  ...{
    failuresLastedMs: 0,
    recoveredAfterMs: 0,
    allNotReadyMs: 0,
    calls: 0,
    events: 0,
    unsent: {},
    seen: '',
  },
});
