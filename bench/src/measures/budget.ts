import { StressRun, stressLimitNanoUsd } from '@weir/testkit/spending/stress-run';
import type { Measure } from '../report.ts';

/** A run of which hardly anything is left but refusals is no proof of a budget. */
const leastAnswered = 50;

/** By how much 1,000 clients at once overrun a budget of a dollar while every service and Redis crash. */
export async function measureBudget(): Promise<Measure[]> {
  const stress = await StressRun.open({ seed: Math.floor(Math.random() * 2 ** 31) });
  try {
    const seen = await stress.run({ clients: 1_000 });
    const answered = seen.outcomes['200'] ?? 0;
    if (answered < leastAnswered)
      throw new Error(
        `${answered} requests were answered, of ${JSON.stringify(seen.outcomes)}: a slow machine shows nothing`,
      );
    const usedNanoUsd = await stress.settled(60_000);
    const mostNanoUsd = Math.max(seen.mostNanoUsd, seen.answeredNanoUsd, usedNanoUsd);
    const against = `a budget of $1, of which ${(usedNanoUsd / stressLimitNanoUsd).toFixed(3)} was used; ${JSON.stringify(seen.outcomes)}`;
    return [
      {
        name: 'budget.overspend_usd',
        value: Math.max(0, mostNanoUsd - stressLimitNanoUsd) / 1e9,
        unit: 'USD',
        better: 'lower',
        target: 0,
        against,
      },
    ];
  } finally {
    await stress.close();
  }
}
