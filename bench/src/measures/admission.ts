import { setTimeout as delay } from 'node:timers/promises';
import { type Hold, reserve } from '@weir/contracts/cost/admission';
import { attemptMade } from '@weir/contracts/usage-events';
import { testEnvelope } from '@weir/testkit/envelope';
import { eventually } from '@weir/testkit/eventually';
import { type CostFleet, openCostFleet } from '@weir/testkit/spending/cost-fleet';
import { keyWithLimits, type LimitedKey, pricedModel, spendingOf } from '@weir/testkit/spending/spending';
import { testAttempt } from '@weir/testkit/spending/test-attempt';
import { connectTestBus } from '@weir/testkit/test-bus';
import { cpuUs } from '../process-usage.ts';
import type { Measure } from '../report.ts';
import { median } from '../statistics.ts';
import { runLoad } from '../wrk.ts';

const pairs = 20_000;
const inFlight = 64;
const connections = 32;
const rounds = 3;
const costNanoUsd = 10_000;

const processes = ['ingress', 'router', 'cost', 'nats', 'redis'] as const;

/** Far beyond what a run spends: every scope of the key is looked at, and nothing is refused. */
const limits = [
  { unit: 'usd', limit: '1000', window: 'month' },
  { unit: 'requests', limit: 1_000_000_000, window: 'minute' },
  { unit: 'tokens', limit: 1_000_000_000, window: 'minute' },
] as const;

/** What it costs to have an attempt admitted: in a flood of reservations, and in each process for one request. */
export async function measureAdmission(seconds: number): Promise<Measure[]> {
  const fleet = await openCostFleet({ redis: 'own', counts: {} });
  try {
    const [limited, free] = [
      await keyWithLimits(fleet.admins[0], [...limits]),
      await keyWithLimits(fleet.admins[0], []),
    ];
    const flood = await reserveAndSettle(fleet, await keyWithLimits(fleet.admins[0], [...limits]));
    const with_ = await cpuOfRequests(fleet, limited, seconds);
    const without = await cpuOfRequests(fleet, free, seconds);
    const against = 'a key with limits of money, requests and tokens, less one without limits';
    return [
      { name: 'admission.pairs_per_s', value: flood.pairsPerS, unit: '/s', better: 'higher' },
      { name: 'admission.reserve_p50_ms', value: flood.reserveP50Ms, unit: 'ms', better: 'lower' },
      ...processes.map((name): Measure => ({
        name: `admission.added_${name}_us`,
        value: with_[name] - without[name],
        unit: 'us/req',
        better: 'lower',
        against,
      })),
      {
        name: 'cpu.pipeline_us',
        value: processes.reduce((sum, name) => sum + without[name], 0),
        unit: 'us/req',
        better: 'lower',
        against: `ingress, router, cost, nats-server and Redis; Postgres apart; a key without limits`,
      },
    ];
  } finally {
    await fleet.close();
  }
}

/** Reserves as a router does, tells what was used, and waits until all of that is settled. */
async function reserveAndSettle({ gateway, admins }: CostFleet, key: LimitedKey) {
  const bus = await connectTestBus({ url: gateway.nats.urlFor('router'), service: 'router' });
  const latenciesMs: number[] = [];
  let begun = 0;
  const work = async () => {
    while (begun < pairs) {
      const index = begun++;
      const hold = holdOf(index, key);
      const startedAtMs = performance.now();
      await bus.request(reserve, { hold }, testEnvelope());
      latenciesMs.push(performance.now() - startedAtMs);
      const { startedAtMs: startedAt } = hold;
      const attempt = testAttempt({
        requestId: `bench-${index}`,
        keyId: key.id,
        nanoUsd: costNanoUsd,
        startedAtMs: startedAt,
      });
      bus.publishDurable(attemptMade, attempt, hold.id);
    }
  };
  const startedAtMs = performance.now();
  await Promise.all(Array.from({ length: inFlight }, work));
  await eventually(async () => {
    const { usedNanoUsd, heldNanoUsd } = (await spendingOf(admins[0], key)) ?? {};
    if (usedNanoUsd !== pairs * costNanoUsd || heldNanoUsd !== 0) throw new Error('not all is settled');
  }, 60_000);
  const elapsedMs = performance.now() - startedAtMs;
  await bus.drain();
  return { pairsPerS: (pairs / elapsedMs) * 1_000, reserveP50Ms: median(latenciesMs) };
}

/** Processor time of each process for one request, in microseconds: the median of some rounds. */
async function cpuOfRequests({ gateway, urls }: CostFleet, { key }: LimitedKey, seconds: number) {
  const pids = {
    ingress: gateway.ingress.pid,
    router: gateway.router.pid,
    cost: gateway.cost.pid,
    nats: gateway.nats.pid ?? NaN,
    redis: gateway.redis?.pid ?? NaN,
  };
  const body = JSON.stringify({
    model: pricedModel,
    max_tokens: 100,
    messages: [{ role: 'user', content: 'Say hello to the benchmark, in a sentence of some words.' }],
  });
  const read = () => processes.map((name) => cpuUs(pids[name]) ?? NaN);
  const samples: number[][] = [];
  for (let round = 0; round < rounds; round++) {
    const before = read();
    const { requestsPerSecond, errors } = await runLoad({
      url: `${urls[0]}/v1/chat/completions`,
      ...{ body, key, connections, seconds },
    });
    if (errors > 0) throw new Error(`${errors} requests failed: the figures mean nothing`);
    // What is settled a moment later belongs to these requests.
    await delay(500);
    samples.push(
      read().map((after, index) => (after - (before[index] ?? NaN)) / (requestsPerSecond * seconds)),
    );
  }
  return Object.fromEntries(
    processes.map((name, index) => [name, median(samples.map((sample) => sample[index] ?? NaN))]),
  ) as Record<(typeof processes)[number], number>;
}

const holdOf = (index: number, { id }: LimitedKey): Hold => ({
  id: `bench-${index}:1`,
  startedAtMs: Date.now(),
  attribution: { organisation: 'default', keyId: id },
  provider: 'openai',
  model: pricedModel,
  amountNanoUsd: 4 * costNanoUsd,
  tokens: 100,
  isFirst: true,
});
