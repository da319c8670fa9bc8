import { formatUsd } from '@weir/pricing/money';
import { eventually } from '@weir/testkit/eventually';
import { Crowd, usageOf } from '@weir/testkit/spending/crowd';
import { type LedgerEntry, ledgerOf, setLimits, sumOf } from '@weir/testkit/spending/spending';
import { stressLimitNanoUsd, StressRun } from '@weir/testkit/spending/stress-run';
import { afterAll, beforeAll, expect, test } from 'vitest';

let stress: StressRun;
beforeAll(async () => {
  stress = await StressRun.open({ seed: 20_261_128 });
});
afterAll(() => stress.close());

const calls = () => stress.fleet.provider.requests.filter(({ method }) => method === 'POST');

test('1,000 parallel requests, cancels, and a crash of every service and of Redis: a budget of $1 is never overrun', async () => {
  const seen = await stress.run({ clients: 1_000 });
  expect(seen.mostNanoUsd).toBeLessThanOrEqual(stressLimitNanoUsd);
  expect(seen.answeredNanoUsd).toBeLessThanOrEqual(stressLimitNanoUsd);
  // How much was done, and how often it was looked, until the budget refused somebody is the machine's affair; something was.
  expect(seen.samples).toBeGreaterThan(1);
  expect(seen.outcomes['200']).toBeGreaterThan(50);
}, 120_000);

test('what the crashes left held is charged once it has expired, and each attempt is in the ledger once', async () => {
  const usedNanoUsd = await stress.settled(45_000);
  expect(usedNanoUsd).toBeLessThanOrEqual(stressLimitNanoUsd);
  expect(usedNanoUsd).toBeGreaterThan(stressLimitNanoUsd * 0.6);
  expect(stress.answeredNanoUsd()).toBeLessThanOrEqual(usedNanoUsd);

  const entries = await eventually(async () => {
    const entered = await ledgerOf(stress.fleet.gateway.databaseUrl, stress.key);
    expect(sumOf(entered)).toBe(usedNanoUsd);
    return entered;
  }, 10_000);
  const attempts = attemptsOf(entries);
  for (const [id, ofAttempt] of attempts) {
    const kinds = ofAttempt.map(({ entry }) => entry).sort();
    expect([['attempt'], ['expired'], ['attempt', 'corrected', 'expired']], id).toContainEqual(kinds);
  }
  const callsOf = Map.groupBy(calls(), ({ body }) => usageOf(body).endUser);
  const enteredOf = Map.groupBy(attempts.values(), ([entry]) => entry?.end_user ?? '');
  for (const [endUser, ofUser] of callsOf)
    expect(enteredOf.get(endUser)?.length ?? 0, endUser).toBeGreaterThanOrEqual(ofUser.length);
}, 90_000);

const attemptsOf = (entries: readonly LedgerEntry[]) =>
  Map.groupBy(entries, ({ request_id, attempt }) => `${request_id}:${attempt}`);

test('nothing is refused for what is held no more', async () => {
  const { fleet, key, random } = stress;
  const used = await stress.settled(1_000);
  const limit = formatUsd(used + 5_000_000);
  await setLimits(fleet.admins[0], 'key', key.id, [{ unit: 'usd', limit, window: 'total' }]);
  const crowd = new Crowd({ fleet, key, random, size: 1 });
  await eventually(async () => {
    expect(await crowd.ask('small')).toBe('200');
  });
  for (let round = 0; round < 3; round++) expect(await crowd.ask('small')).toBe('200');
});
