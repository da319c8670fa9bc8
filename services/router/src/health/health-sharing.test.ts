import { targetHealth } from '@weir/contracts/routing/buckets';
import { createLogger } from '@weir/service-kit/logger';
import { FakeClock } from '@weir/testkit/fake-clock';
import { MemoryStore } from '@weir/testkit/memory-store';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LaggingStore } from '../../test/lagging-store.ts';
import type { BreakerPolicy } from '../domain/routing/compiled-config.ts';
import { HealthRegistry } from './health-registry.ts';
import type { HealthOutcome, HalfOpenProbe } from '../domain/health/health.ts';

const policy: BreakerPolicy = {
  failures: 1,
  failureRate: 1,
  minRequests: 1_000,
  openMs: 10,
  maxOpenMs: undefined,
  failureStatusCodes: undefined,
};
const subject = {
  id: 'k',
  provider: 'openai',
  model: 'gpt-5',
  host: 'api.openai.com',
  credential: '',
  isShared: true,
};
const logger = createLogger({ service: 'router', instance: 'test', level: 'silent' });

/** A probe whose lease is nearly over may be out beside its successor's: clocks differ. */
const skewMs = 300;

interface Attempt {
  readonly by: Router;
  readonly probe: HalfOpenProbe | undefined;
}

interface Router {
  readonly board: HealthRegistry;
  readonly store: LaggingStore<typeof targetHealth>;
}

/** Three routers whose clocks differ, and whatever is under way between them and the bucket. */
class Fleet {
  readonly bucket = new MemoryStore(targetHealth);
  readonly routers: Router[];
  readonly #clocks = [0, skewMs, -skewMs].map((skew) => new FakeClock(1_000_000_000 + skew));
  #attempts: Attempt[] = [];
  #unansweredMs = 0;
  /** The rights to probe that were given since the circuit last closed. */
  readonly #given = new Set<string>();
  /** Those given before: whoever still has one is a request as any other. */
  readonly #void = new Set<string>();
  /** The most probes that were out at a time. */
  mostProbes = 0;

  constructor() {
    this.routers = this.#clocks.map((clock, index) => {
      const store = new LaggingStore(this.bucket);
      const parts = { store, clock, logger, random: () => 0, onTransition: () => undefined };
      return { store, board: new HealthRegistry({ ...parts, instance: `router-${index}` }) };
    });
    this.bucket.watch((_, entry) => {
      const { breaker } = (entry?.fault ? undefined : entry?.value) ?? {};
      if (breaker?.probe) this.#given.add(JSON.stringify(breaker.probe));
      if (!breaker) for (const probe of this.#given) this.#void.add(probe);
    });
  }

  /** Has the circuit opened, and its time go by, for all. */
  async break(): Promise<void> {
    this.ask(0);
    this.end(0, { kind: 'failure', code: 'upstream_error' });
    await this.deliverAll();
    await this.pass(1_000);
  }

  /** Does what a request does: goes ahead, or probes, or goes elsewhere. */
  ask(index: number): void {
    const by = this.#router(index);
    const { state } = by.board.statusOf(subject);
    if (state === 'closed') this.#attempts.push({ by, probe: undefined });
    if (state !== 'half_open') return;
    void by.board.claimProbe(subject).then((probe) => {
      if (!probe) return;
      this.#attempts.push({ by, probe });
      this.mostProbes = Math.max(this.mostProbes, this.#probesOut());
    });
  }

  end(pick: number, outcome: HealthOutcome): void {
    const [attempt] = this.#attempts.splice(pick % Math.max(1, this.#attempts.length), 1);
    if (!attempt) return;
    attempt.by.board.record(subject, outcome, policy, attempt.probe);
  }

  /** Lets time pass, and the bus answer in time: what a router does without it is its own affair. */
  async pass(ms: number): Promise<void> {
    this.#unansweredMs += ms;
    if (this.#unansweredMs >= 200) await this.deliverAll();
    for (const clock of this.#clocks) clock.advance(ms);
  }

  async deliver(index: number, kind: 'question' | 'news'): Promise<void> {
    const { store } = this.#router(index);
    if (kind === 'question') store.deliverQuestion();
    else store.deliverNews();
    await new Promise(setImmediate);
  }

  async deliverAll(): Promise<void> {
    const deliverOne = () =>
      this.routers
        .map(({ store }) => [store.deliverQuestion(), store.deliverNews()])
        .flat()
        .includes(true);
    while (deliverOne()) await new Promise(setImmediate);
    this.#unansweredMs = 0;
  }

  get states(): string[] {
    return this.routers.map(({ board }) => board.statusOf(subject).state);
  }

  get attempts(): number {
    return this.#attempts.length;
  }

  #router(index: number): Router {
    const router = this.routers[index % this.routers.length];
    if (!router) throw new Error('There is no such router');
    return router;
  }

  #probesOut(): number {
    const nowMs = this.#clocks[0]?.nowMs() ?? NaN;
    const isOut = ({ probe }: Attempt) =>
      probe && !this.#void.has(JSON.stringify(probe)) && probe.untilMs - 2 * skewMs > nowMs;
    return this.#attempts.filter(isOut).length;
  }
}

const outcomes: fc.Arbitrary<HealthOutcome> = fc.oneof(
  { weight: 4, arbitrary: fc.constant<HealthOutcome>({ kind: 'failure', code: 'upstream_error' }) },
  { weight: 2, arbitrary: fc.constant<HealthOutcome>({ kind: 'success' }) },
  { weight: 4, arbitrary: fc.constant<HealthOutcome>({ kind: 'neutral' }) },
  { weight: 1, arbitrary: fc.constant<HealthOutcome>({ kind: 'alive' }) },
  {
    weight: 1,
    arbitrary: fc
      .integer({ min: 1, max: 1_500 })
      .map((forMs): HealthOutcome => ({ kind: 'cooldown', code: 'upstream_rate_limited', forMs })),
  },
);

const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('ask' as const), router: fc.nat(2) }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('end' as const), pick: fc.nat(9), outcome: outcomes }),
  },
  {
    weight: 10,
    arbitrary: fc.record({
      do: fc.constant('deliver' as const),
      router: fc.nat(2),
      kind: fc.constantFrom('question' as const, 'news' as const),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('pass' as const),
      ms: fc.oneof(
        { weight: 4, arbitrary: fc.integer({ min: 1, max: 50 }) },
        { weight: 1, arbitrary: fc.integer({ min: 500, max: 35_000 }) },
      ),
    }),
  },
);

type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

async function take(fleet: Fleet, taken: Step): Promise<void> {
  if (taken.do === 'ask') fleet.ask(taken.router);
  else if (taken.do === 'end') fleet.end(taken.pick, taken.outcome);
  else if (taken.do === 'deliver') await fleet.deliver(taken.router, taken.kind);
  else await fleet.pass(taken.ms);
}

test('in whatever order things happen: one probe at a time, and a provider that is well is used by all again', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 150 }), async (steps) => {
      const fleet = new Fleet();
      await fleet.break();
      for (const taken of steps) await take(fleet, taken);
      await fleet.deliverAll();
      expect(fleet.mostProbes).toBeLessThanOrEqual(1);
      while (fleet.attempts > 0) fleet.end(0, { kind: 'neutral' });
      // From here on every answer is good. The longest rest is a minute.
      for (let round = 0; round < 2; round++) {
        await fleet.deliverAll();
        await fleet.pass(61_000);
        for (const index of fleet.routers.keys()) {
          fleet.ask(index);
          await fleet.deliverAll();
          while (fleet.attempts > 0) fleet.end(0, { kind: 'success' });
          await fleet.deliverAll();
        }
      }
      expect(fleet.states).toEqual(['closed', 'closed', 'closed']);
      for (const { value } of fleet.bucket.entries()) expect(value.breaker).toBeUndefined();
    }),
    { numRuns: 200 },
  );
});
