import type { Hold } from '@weir/contracts/cost/admission';
import { createTestRedis, type TestRedis } from '@weir/testkit/servers/test-redis';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { StreamEvent } from './fake-ledger.ts';
import { startMs, World } from './world.ts';

const usd = 1_000_000_000;
const acme = { kind: 'organisation', id: 'acme' } as const;
const key = { kind: 'key', id: 'abcd1234' } as const;
const dayMs = 86_400_000;

/** An attempt as its router knows it. */
interface Attempt {
  readonly hold: Hold;
  /** Dead routers say nothing any more. */
  state: 'under_way' | 'finished' | 'dead';
  /** What it may cost, as far as it is admitted; and what it has cost. */
  amount: number;
}

/** Several routers and their attempts, over two replicas; what is true, whatever Redis says. */
class Routers {
  readonly world: World;
  readonly attempts: Attempt[] = [];
  readonly undelivered: StreamEvent[] = [];
  #seen = 0;
  #ids = 0;

  constructor(world: World) {
    this.world = world;
  }

  replica(choice: number) {
    const replica = this.world.replicas[choice % this.world.replicas.length];
    if (!replica) throw new Error('no replica');
    return replica;
  }

  async reserve(
    choice: number,
    amount: number,
    { settles, isReplyLost = false }: { settles?: Attempt | undefined; isReplyLost?: boolean } = {},
  ) {
    const hold = this.world.hold(`r${(this.#ids += 1)}:1`, { amountNanoUsd: amount, tokens: 10 });
    const settlement = settles && { holdId: settles.hold.id, costNanoUsd: settles.amount, tokens: 10 };
    const isAdmitted = await this.replica(choice)
      .reserve(hold, settlement)
      .then(() => true, expectRefusal);
    if (isReplyLost) await this.replica(choice + 1).release([hold.id]);
    else if (isAdmitted) this.attempts.push({ hold, state: 'under_way', amount });
  }

  async topUp(choice: number, attempt: Attempt, more: number) {
    const hold = { ...attempt.hold, amountNanoUsd: attempt.amount + more };
    if (
      await this.replica(choice)
        .topUp(hold)
        .then(() => true, expectRefusal)
    )
      attempt.amount += more;
  }

  finish(attempt: Attempt, share: number) {
    attempt.amount = Math.floor(attempt.amount * share);
    attempt.state = 'finished';
    this.world.finish(attempt.hold, attempt.amount, 7);
    this.collect();
  }

  async renew(choice: number) {
    await this.replica(choice).renew(
      this.underWay.map(({ hold, amount }) => ({ ...hold, amountNanoUsd: amount })),
    );
  }

  /** Five seconds at a time, as routers renew. */
  async pass(ms: number) {
    for (let left = ms; left > 0; left -= 5_000) {
      await this.world.advance(Math.min(left, 5_000));
      await this.renew(left);
    }
  }

  async deliver(choice: number, count: number, { again = false } = {}) {
    this.collect();
    const events = this.undelivered.splice(choice % Math.max(1, this.undelivered.length), count);
    await this.replica(choice).deliver(events);
    if (again) await this.replica(choice + 1).deliver(events);
  }

  async deliverAll() {
    do {
      this.collect();
      await this.deliver(0, this.undelivered.length, { again: true });
    } while (this.world.ledger.events.length > this.#seen);
  }

  collect() {
    this.undelivered.push(...this.world.ledger.events.slice(this.#seen));
    this.#seen = this.world.ledger.events.length;
  }

  get underWay() {
    return this.attempts.filter(({ state }) => state === 'under_way');
  }

  /** What has been spent, or may be, by attempts that began in a time. */
  committed(fromMs: number, toMs: number): number {
    return this.attempts
      .filter(({ hold: { startedAtMs } }) => startedAtMs >= fromMs && startedAtMs < toMs)
      .reduce((sum, { amount }) => sum + amount, 0);
  }
}

const refusals = [
  'insufficient_quota',
  'budget_reserved',
  'rate_limit_exceeded',
  'service_unavailable',
  'deadline_exceeded',
];

function expectRefusal(error: unknown): false {
  expect(refusals).toContain((error as { code?: string }).code);
  return false;
}

let server: TestRedis;
beforeAll(async () => {
  server = await createTestRedis({ ownServer: true });
});
afterAll(() => server.close());

/** More of them find more: this many do every time. */
const runs = Number(process.env['WEIR_MODEL_RUNS'] ?? 30);

const choice = fc.nat({ max: 1_000 });
const amount = fc.integer({ min: 0, max: 0.6 * usd });

const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('reserve'), choice, amount }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('fall back'), choice, amount }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('reply lost'), choice, amount }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('top up'), choice, amount }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('finish'), choice, amount }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('die'), choice, amount }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('finish late'), choice, amount }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('deliver'), choice, amount }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('deliver twice'), choice, amount }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('pass seconds'), choice, amount }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('pass a minute'), choice, amount }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('pass midnight'), choice, amount }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('replica restarts'), choice, amount }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('redis loses all'), choice, amount }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('redis is copied'), choice, amount }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('redis falls back'), choice, amount }) },
);

type Step = { kind: string; choice: number; amount: number };

async function take(routers: Routers, { kind, choice: chosen, amount: nanoUsd }: Step): Promise<void> {
  const { world } = routers;
  const among = (attempts: Attempt[]) => attempts[chosen % Math.max(1, attempts.length)];
  const underWay = among(routers.underWay);
  switch (kind) {
    case 'reserve':
      return routers.reserve(chosen, nanoUsd);
    case 'reply lost':
      return routers.reserve(chosen, nanoUsd, { isReplyLost: true });
    case 'fall back':
      if (underWay) routers.finish(underWay, 0.5);
      return routers.reserve(chosen, nanoUsd, { settles: underWay });
    case 'top up':
      return underWay && routers.topUp(chosen, underWay, nanoUsd);
    case 'finish':
      if (underWay) routers.finish(underWay, nanoUsd / (0.6 * usd));
      return;
    case 'die':
      if (underWay) underWay.state = 'dead';
      return;
    case 'finish late': {
      const dead = among(routers.attempts.filter(({ state }) => state === 'dead'));
      if (dead) routers.finish(dead, 0.5);
      return;
    }
    case 'deliver':
      return routers.deliver(chosen, 1 + (chosen % 5));
    case 'deliver twice':
      return routers.deliver(chosen, 1 + (chosen % 5), { again: true });
    case 'pass seconds':
      return routers.pass(1 + (chosen % 12_000));
    case 'pass a minute':
      return routers.pass(60_000);
    case 'pass midnight': {
      const nextMs = Math.ceil((world.clock.nowMs() + 1) / dayMs) * dayMs;
      // Nothing is renewed meanwhile: what was under way is over by then.
      for (const attempt of routers.underWay) attempt.state = 'dead';
      world.clock.advance(nextMs - world.clock.nowMs() - 1_000);
      return routers.pass(2_000);
    }
    case 'replica restarts':
      await world.replicas.shift()?.close();
      await world.addReplica();
      return;
    case 'redis loses all':
      await world.first.redis.run('flush', (client) => client.flushall());
      return routers.renew(chosen);
    case 'redis is copied':
      return world.copyRedis();
    case 'redis falls back':
      await world.redisFallsBack();
      return routers.renew(chosen);
  }
}

const dayOf = (ms: number) => Math.floor(ms / dayMs) * dayMs;

test(
  'no budget is overrun, nothing is counted twice or not at all, and nothing is held for ever, whatever happens in whatever order',
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps: Step[]) => {
        const world = await World.start(server.url, 2);
        const limits = { day: 2 * usd, total: 5 * usd };
        await world.setLimits(acme, [{ unit: 'usd', limit: '2', window: 'day' }]);
        const [total] = await world.setLimits(key, [
          { unit: 'usd', limit: '5', window: 'total' },
          { unit: 'parallel_requests', limit: 6 },
          { unit: 'tokens', limit: 100_000 },
        ]);
        const routers = new Routers(world);
        try {
          for (const one of steps) {
            await take(routers, one);
            const todayMs = dayOf(world.clock.nowMs());
            expect(routers.committed(todayMs, todayMs + dayMs)).toBeLessThanOrEqual(limits.day);
            expect(routers.committed(0, Infinity)).toBeLessThanOrEqual(limits.total);
            expect(routers.underWay.length).toBeLessThanOrEqual(6);
          }
          // Everything comes to its end: what is under way finishes, and what is dead expires.
          for (const attempt of routers.underWay) routers.finish(attempt, 1);
          await routers.deliverAll();
          await routers.pass(40_000);
          await routers.deliverAll();
          await routers.pass(10_000);
          const spent = world.ledger.spentSince(0);
          expect(spent).toBeLessThanOrEqual(limits.total);
          const scopeLimits = { scope: key, limits: total ? [total] : [], revision: 1 };
          const [usage] = await world.first.currentUsage(scopeLimits);
          expect(Math.round(Number(usage?.used) * usd)).toBe(spent);
          expect(usage?.held).toBe('0');
          // What is left can be had, to the last bit, and no more.
          const today = world.ledger.spentSince(dayOf(world.clock.nowMs()));
          const left = Math.min(limits.total - spent, limits.day - today);
          await expect(
            world.first.reserve(world.hold('more', { amountNanoUsd: left + 1, tokens: 0 })),
          ).rejects.toMatchObject({ code: 'insufficient_quota' });
          await world.first.reserve(world.hold('rest', { amountNanoUsd: left, tokens: 0 }));
        } finally {
          await world.close();
        }
      }),
      { numRuns: runs },
    );
  },
  Math.max(60_000, 2_000 * runs),
);

test('what is admitted in a day of the model is near its limit: the model is no empty one', async () => {
  const world = await World.start(server.url, 2);
  await world.setLimits(acme, [{ unit: 'usd', limit: '2', window: 'day' }]);
  const routers = new Routers(world);
  for (let i = 0; i < 20; i += 1) await routers.reserve(i, 0.3 * usd);
  expect(routers.committed(dayOf(startMs), Infinity)).toBe(1.8 * usd);
  await world.close();
});
