import { targetHealth } from '@weir/contracts/routing/buckets';
import { createLogger } from '@weir/service-kit/logger';
import { FakeClock } from '@weir/testkit/fake-clock';
import { MemoryStore } from '@weir/testkit/memory-store';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LaggingStore } from '../../test/lagging-store.ts';
import type { HealthKey, HealthOutcome } from '../domain/health/health.ts';
import type { BreakerPolicy } from '../domain/routing/compiled-config.ts';
import { HealthRegistry } from './health-registry.ts';

const policy: BreakerPolicy = {
  failures: 3,
  failureRate: 1,
  minRequests: 1_000,
  openMs: 10_000,
  maxOpenMs: undefined,
  failureStatusCodes: undefined,
};
const silence: HealthOutcome = { kind: 'failure', code: 'upstream_unreachable', isSilent: true };
const answered500: HealthOutcome = { kind: 'failure', code: 'upstream_error' };
const success: HealthOutcome = { kind: 'success' };

const at = (host: string): HealthKey => ({
  id: host,
  provider: 'openai',
  model: 'gpt-5',
  host,
  credential: '',
  isShared: true,
});
const target = at('api.openai.com');

const untilTold = () => new Promise(setImmediate);

/** Routers on one bucket. */
class Fleet {
  readonly clock = new FakeClock();
  readonly bucket = new MemoryStore(targetHealth, { clock: this.clock });
  readonly routers: HealthRegistry[];
  readonly shortAt = new Set<number>();

  constructor(count = 3) {
    this.routers = Array.from({ length: count }, (_, index) => this.#router(index));
  }

  #router(index: number): HealthRegistry {
    return new HealthRegistry({
      store: this.bucket,
      instance: `router-${index}`,
      clock: this.clock,
      random: () => 0,
      logger: createLogger({ service: 'router', instance: 'test', level: 'silent' }),
      shortages: { wereWithin: () => this.shortAt.has(index) },
      onTransition: () => undefined,
    });
  }

  /** Attempts of one router that end so, one after the other. */
  async end(index: number, outcome: HealthOutcome, { times = 1, of = target } = {}): Promise<void> {
    for (let attempt = 0; attempt < times; attempt++)
      this.routers[index]?.record(of, outcome, policy, undefined);
    await untilTold();
    await untilTold();
  }

  get states(): string[] {
    return this.routers.map((router) => {
      const { state, isDoubted } = router.statusOf(target);
      return isDoubted ? `${state}, doubted` : state;
    });
  }
}

test('a router that reaches nobody stops nobody else, and leaves its requests to others', async () => {
  const fleet = new Fleet();
  await fleet.end(0, silence, { times: 3 });
  expect(fleet.states).toEqual(['open, doubted', 'closed', 'closed']);
});

test('one that reaches other hosts is believed by all who have asked nothing lately', async () => {
  const fleet = new Fleet();
  await fleet.end(0, answered500, { of: at('api.anthropic.com') });
  await fleet.end(0, silence, { times: 3 });
  expect(fleet.states).toEqual(['open', 'open', 'open']);
});

test('what a provider has answered is believed, whatever else is reached', async () => {
  const fleet = new Fleet();
  await fleet.end(0, answered500, { times: 3 });
  expect(fleet.states).toEqual(['open', 'open', 'open']);
});

test('whoever was answered in the last seconds goes on, says so, and whoever has asked nothing is let in again', async () => {
  const fleet = new Fleet();
  await fleet.end(1, success);
  fleet.clock.advance(4_000);
  await fleet.end(0, answered500, { times: 3 });
  expect(fleet.states).toEqual(['open, doubted', 'closed', 'closed']);
});

test('what was answered longer ago counts no more', async () => {
  const fleet = new Fleet();
  await fleet.end(1, success);
  fleet.clock.advance(6_000);
  await fleet.end(0, answered500, { times: 3 });
  expect(fleet.states).toEqual(['open', 'open', 'open']);
});

test('whoever fails too agrees at its first failure, and the doubt is over once nobody is answered', async () => {
  const fleet = new Fleet();
  await fleet.end(1, success);
  await fleet.end(0, silence, { times: 3 });
  await fleet.end(2, silence);
  expect(fleet.states).toEqual(['open, doubted', 'closed', 'open, doubted']);
  await fleet.end(1, silence);
  expect(fleet.states).toEqual(['open', 'open', 'open']);
});

test('an answer that comes late lets a router go on that had only heard of failures', async () => {
  const fleet = new Fleet();
  await fleet.end(0, answered500, { times: 3 });
  await fleet.end(1, success);
  expect(fleet.states).toEqual(['open, doubted', 'closed', 'closed']);
});

test('a probe that fails again is one more word of the same router, and one that succeeds is believed by all', async () => {
  const fleet = new Fleet();
  await fleet.end(0, silence, { times: 3 });
  fleet.clock.advance(10_000);
  const [cutOff] = fleet.routers;
  cutOff?.record(target, silence, policy, await cutOff.claimProbe(target));
  await untilTold();
  expect(fleet.states).toEqual(['open, doubted', 'closed', 'closed']);
  fleet.clock.advance(10_000);
  cutOff?.record(target, success, policy, await cutOff.claimProbe(target));
  await untilTold();
  expect(fleet.states).toEqual(['closed', 'closed', 'closed']);
  expect([...fleet.bucket.entries()].map(({ value }) => value.breaker)).toEqual([undefined]);
});

test('while a router that is cut off waits for its probe, nobody else waits with it', async () => {
  const fleet = new Fleet();
  await fleet.end(1, success);
  await fleet.end(0, silence, { times: 3 });
  fleet.clock.advance(10_000);
  await fleet.end(1, success);
  expect(await fleet.routers[0]?.claimProbe(target)).toBeDefined();
  await untilTold();
  expect(fleet.states).toEqual(['open, doubted', 'closed', 'closed']);
});

test('while a router lacks something of its own, silence opens nothing at all', async () => {
  const fleet = new Fleet();
  fleet.shortAt.add(0);
  await fleet.end(0, silence, { times: 50 });
  expect(fleet.states).toEqual(['closed', 'closed', 'closed']);
  expect([...fleet.bucket.entries()]).toEqual([]);
});

test('what a router of before has found is believed and weighed like any other', async () => {
  const fleet = new Fleet();
  await fleet.end(0, answered500, { times: 3 });
  const [entry] = fleet.bucket.entries();
  if (!entry?.value.breaker) throw new Error('There is to be an entry');
  const { by, ...older } = entry.value.breaker;
  expect(by).toBe('router-0');
  const others = new Fleet();
  await others.end(1, success);
  await others.bucket.put(entry.key, { ...entry.value, breaker: older });
  await untilTold();
  expect(others.states).toEqual(['closed', 'closed', 'closed']);
});

/** Three routers to each of which the provider is well or not, and news that come late. */
class LaggingFleet {
  readonly clock = new FakeClock();
  readonly bucket = new MemoryStore(targetHealth);
  readonly routers = Array.from({ length: 3 }, (_, index) => {
    const store = new LaggingStore(this.bucket);
    const board = new HealthRegistry({
      store,
      instance: `router-${index}`,
      clock: this.clock,
      random: () => 0,
      logger: createLogger({ service: 'router', instance: 'test', level: 'silent' }),
      onTransition: () => undefined,
    });
    return { store, board };
  });

  get states(): string[] {
    return this.routers.map(({ board }) => board.statusOf(target).state);
  }

  async ask(index: number, outcome: HealthOutcome): Promise<void> {
    const board = this.routers[index]?.board;
    const state = board?.statusOf(target).state;
    if (!board || state === 'open') return;
    if (state === 'closed') board.record(target, outcome, policy, undefined);
    else {
      void board.claimProbe(target).then((probe) => {
        if (probe) board.record(target, outcome, policy, probe);
      });
      await this.deliverAll();
    }
  }

  async deliver(index: number, kind: 'question' | 'news'): Promise<void> {
    const store = this.routers[index]?.store;
    if (kind === 'question') store?.deliverQuestion();
    else store?.deliverNews();
    await untilTold();
  }

  async deliverAll(): Promise<void> {
    const deliverOne = () =>
      this.routers
        .flatMap(({ store }) => [store.deliverQuestion(), store.deliverNews()])
        .some((isDelivered) => isDelivered);
    while (deliverOne()) await untilTold();
  }
}

const step = fc.oneof(
  fc.record({ do: fc.constant('ask' as const), router: fc.nat(2) }),
  fc.record({
    do: fc.constant('deliver' as const),
    router: fc.nat(2),
    kind: fc.constantFrom('question' as const, 'news' as const),
  }),
  fc.record({ do: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 2_000 }) }),
);

const failures = fc.constantFrom(silence, answered500);

test('whoever is answered is never stopped by those who are not, and all is well once they are', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 120 }),
      fc.tuple(fc.boolean(), fc.boolean(), fc.boolean()),
      failures,
      async (steps, isAnswered, failure) => {
        const fleet = new LaggingFleet();
        const answeredAtMs = [-Infinity, -Infinity, -Infinity];
        for (const taken of steps) {
          if (taken.do === 'deliver') await fleet.deliver(taken.router, taken.kind);
          else if (taken.do === 'pass') fleet.clock.advance(taken.ms);
          else {
            const isOpen = fleet.states[taken.router] === 'open';
            await fleet.ask(taken.router, isAnswered[taken.router] ? success : failure);
            if (isAnswered[taken.router] && !isOpen) answeredAtMs[taken.router] = fleet.clock.nowMs();
          }
          for (const [index, state] of fleet.states.entries()) {
            const sinceMs = fleet.clock.nowMs() - (answeredAtMs[index] ?? 0);
            if (isAnswered[index] && sinceMs <= 5_000) expect(state).toBe('closed');
          }
        }
        for (let round = 0; round < 2; round++) {
          await fleet.deliverAll();
          fleet.clock.advance(61_000);
          for (const index of fleet.routers.keys()) {
            await fleet.ask(index, success);
            await fleet.deliverAll();
          }
        }
        expect(fleet.states).toEqual(['closed', 'closed', 'closed']);
      },
    ),
    { numRuns: 80 },
  );
});

test('a provider that answers nobody is asked three times by one router, and once or thrice by each of the others', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.nat(2), { minLength: 60, maxLength: 90 }),
      failures,
      async (asking, failure) => {
        const fleet = new LaggingFleet();
        const asked = [0, 0, 0];
        for (const index of asking) {
          if (fleet.states[index] !== 'open') asked[index] = (asked[index] ?? 0) + 1;
          await fleet.ask(index, failure);
          await fleet.deliverAll();
        }
        expect(Math.max(...asked)).toBeLessThanOrEqual(policy.failures);
        expect(fleet.states.filter((state, index) => state !== 'open' && (asked[index] ?? 0) > 2)).toEqual(
          [],
        );
        expect(asked.toSorted((a, b) => b - a)[1]).toBeLessThan(policy.failures + 1);
      },
    ),
    { numRuns: 50 },
  );
});
