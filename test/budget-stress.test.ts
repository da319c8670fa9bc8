import { setTimeout as delay } from 'node:timers/promises';
import { eventually } from '@weir/testkit/eventually';
import { formatUsd } from '@weir/pricing/money';
import { seededRandom } from '@weir/testkit/seeded-random';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { adminOf } from './helpers/admin.ts';
import { type CostFleet, openCostFleet } from './helpers/cost-fleet.ts';
import { Crowd, usageOf } from './helpers/crowd.ts';
import {
  keyWithLimits,
  type LedgerEntry,
  ledgerOf,
  type LimitedKey,
  setLimits,
  type Spending,
  spendingOf,
  sumOf,
} from './helpers/spending.ts';

const limitNanoUsd = 1_000_000_000;
const random = seededRandom(20_261_128);

let fleet: CostFleet;
let key: LimitedKey;
beforeAll(async () => {
  fleet = await openCostFleet({ redis: 'own', counts: { cost: 4, ingress: 3, router: 2 } });
  key = await keyWithLimits(fleet.admin, [{ unit: 'usd', limit: '1', window: 'total' }]);
});
afterAll(() => fleet.close());

/** What is used and held as any ingress tells it; undefined while none can. */
async function spending(): Promise<Spending | undefined> {
  for (const url of fleet.urls) {
    const told = await spendingOf(adminOf(url), key).catch(() => undefined);
    if (told) return told;
  }
  return undefined;
}

/** Looks again and again at what is used and held, and at what the provider itself has answered. */
async function watchSpending(crowd: Crowd) {
  const seen = { samples: 0, mostNanoUsd: 0, mostAnsweredNanoUsd: 0 };
  while (!crowd.isOver) {
    const told = await spending();
    if (told) {
      seen.samples++;
      seen.mostNanoUsd = Math.max(seen.mostNanoUsd, told.usedNanoUsd + told.heldNanoUsd);
    }
    seen.mostAnsweredNanoUsd = Math.max(seen.mostAnsweredNanoUsd, answeredNanoUsd());
    await delay(150);
  }
  return seen;
}

/** What the calls cost that the provider has answered in full, by its own count. */
function answeredNanoUsd(): number {
  const answered = fleet.provider.requests.filter(({ method, finished }) => method === 'POST' && finished);
  return answered.reduce((sum, { body }) => sum + usageOf(body).nanoUsd, 0);
}

/** One after the other, everything dies in the middle of its work. */
async function crashEverything() {
  await delay(1_500);
  for (const service of ['cost', 'ingress', 'router', 'keys'] as const) {
    await fleet.crash(service, service === 'keys' ? 0 : 1);
    await delay(random() * 800);
  }
  await fleet.gateway.redis?.kill();
  await fleet.crash('cost', 2);
  await fleet.gateway.redis?.restart();
}

const attemptsOf = (entries: readonly LedgerEntry[]) =>
  Map.groupBy(entries, ({ request_id, attempt }) => `${request_id}:${attempt}`);

test('1,000 parallel requests, cancels, and a crash of every service and of Redis: a budget of $1 is never overrun', async () => {
  const crowd = new Crowd({ fleet, key, random, size: 1_000 });
  const watched = watchSpending(crowd);
  const working = crowd.work();
  await crashEverything();
  await eventually(async () => {
    // Redis is open again.
    expect(await spending()).toBeDefined();
  }, 20_000);
  await delay(3_000);
  crowd.end();
  const [seen] = await Promise.all([watched, working]);
  console.log(crowd.outcomes, seen);

  expect(seen.mostNanoUsd).toBeLessThanOrEqual(limitNanoUsd);
  expect(seen.mostAnsweredNanoUsd).toBeLessThanOrEqual(limitNanoUsd);
  expect(seen.samples).toBeGreaterThan(20);
  expect(crowd.outcomes['200']).toBeGreaterThan(200);
  expect(crowd.outcomes['429 insufficient_quota']).toBeGreaterThan(0);
}, 120_000);

test('what a crash left held is charged once it has expired, and the ledger has each attempt once', async () => {
  const { usedNanoUsd } = await eventually(async () => {
    const told = await spending();
    expect(told).toMatchObject({ heldNanoUsd: 0 });
    return told as Spending;
  }, 45_000);
  expect(usedNanoUsd).toBeLessThanOrEqual(limitNanoUsd);
  expect(usedNanoUsd).toBeGreaterThan(limitNanoUsd * 0.6);
  expect(answeredNanoUsd()).toBeLessThanOrEqual(usedNanoUsd);

  const entries = await eventually(async () => {
    const entered = await ledgerOf(fleet.gateway.databaseUrl, key);
    expect(sumOf(entered)).toBe(usedNanoUsd);
    return entered;
  }, 10_000);
  const attempts = attemptsOf(entries);
  for (const [id, ofAttempt] of attempts) {
    const kinds = ofAttempt.map(({ entry }) => entry).sort();
    expect([['attempt'], ['expired'], ['attempt', 'corrected', 'expired']], id).toContainEqual(kinds);
  }
  const callsOf = Map.groupBy(
    fleet.provider.requests.filter(({ method }) => method === 'POST'),
    ({ body }) => usageOf(body).endUser,
  );
  const enteredOf = Map.groupBy(attempts.values(), ([entry]) => entry?.end_user ?? '');
  for (const [endUser, calls] of callsOf)
    expect(enteredOf.get(endUser)?.length ?? 0, endUser).toBeGreaterThanOrEqual(calls.length);
}, 90_000);

test('nothing is refused for what is held no more', async () => {
  const told = await spending();
  const roomNanoUsd = 5_000_000;
  const limit = formatUsd((told?.usedNanoUsd ?? NaN) + roomNanoUsd);
  await setLimits(fleet.admin, 'key', key.id, [{ unit: 'usd', limit, window: 'total' }]);
  const crowd = new Crowd({ fleet, key, random, size: 1 });
  await eventually(async () => {
    expect(await crowd.ask('small')).toBe('200');
  });
  for (let round = 0; round < 3; round++) expect(await crowd.ask('small')).toBe('200');
});
