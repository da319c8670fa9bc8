import { targetHealth } from '@weir/contracts/routing/buckets';
import { createLogger } from '@weir/service-kit/logger';
import { FakeClock } from '@weir/testkit/fake-clock';
import { MemoryStore } from '@weir/testkit/memory-store';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { HealthKey, HealthOutcome } from '../domain/health/health.ts';
import type { BreakerPolicy } from '../domain/routing/compiled-config.ts';
import { byOwnClock } from './health-by-own-clock.ts';
import { HealthRegistry } from './health-registry.ts';

const openMs = 10_000;
const policy: BreakerPolicy = {
  ...{ failures: 1, failureRate: 1, minRequests: 100 },
  ...{ openMs, maxOpenMs: undefined, failureStatusCodes: undefined },
};
const failure: HealthOutcome = { kind: 'failure', code: 'upstream_error' };
const limited: HealthOutcome = { kind: 'cooldown', code: 'upstream_rate_limited', forMs: 1_000 };
const subject: HealthKey = {
  ...{ id: 'openai gpt-5', provider: 'openai', model: 'gpt-5' },
  ...{ host: 'api.openai.com', credential: '0123abcd', isShared: true },
};
const logger = createLogger({ service: 'router', instance: 'test', level: 'silent' });
const untilTold = () => new Promise(setImmediate);

/** Two routers on one bucket; the second one's clock is so far ahead. */
function routers(aheadMs: number) {
  const bucket = new MemoryStore(targetHealth);
  const boards = [0, aheadMs].map((ms, index) => {
    const clock = new FakeClock(1_800_000_000_000 + ms);
    const instance = `router-${index}`;
    const store = byOwnClock({ store: bucket, instance, clock });
    const parts = { store, instance, clock, random: () => 0, logger, onTransition: () => undefined };
    return { clock, board: new HealthRegistry(parts) };
  });
  const [a, b] = boards;
  if (!a || !b) throw new Error('There are to be two routers');
  const advance = async (ms: number) => {
    for (const { clock } of boards) clock.advance(ms);
    await untilTold();
  };
  return { a, b, advance, states: () => boards.map(({ board }) => board.statusOf(subject).state) };
}

const skews = fc.integer({ min: -60_000, max: 60_000 });

test('a cooldown is as long for a router whose clock differs by up to a minute, to half a second', async () => {
  await fc.assert(
    fc.asyncProperty(skews, async (aheadMs) => {
      const { a, b, advance, states } = routers(aheadMs);
      a.board.record(subject, limited, policy, undefined);
      await untilTold();
      expect(
        Math.abs((b.board.statusOf(subject).retryAtMs ?? 0) - b.clock.nowMs() - 1_000),
      ).toBeLessThanOrEqual(500);
      await advance(1_501);
      expect(states()).toEqual(['closed', 'closed']);
    }),
    { numRuns: 30 },
  );
});

test('a circuit opens for both, one of them probes at its time, and its success closes it for both', async () => {
  await fc.assert(
    fc.asyncProperty(skews, fc.boolean(), async (aheadMs, isFirst) => {
      const { a, b, advance, states } = routers(aheadMs);
      const [finder, prober] = isFirst ? [a, b] : [b, a];
      finder.board.record(subject, failure, policy, undefined);
      await advance(openMs - 501);
      expect(states()).toEqual(['open', 'open']);
      await advance(1_002);
      expect(states()).toEqual(['half_open', 'half_open']);
      const probe = await prober.board.claimProbe(subject);
      await untilTold();
      expect(probe).toBeDefined();
      expect(await finder.board.claimProbe(subject)).toBeUndefined();
      prober.board.record(subject, { kind: 'success' }, policy, probe);
      await untilTold();
      expect(states()).toEqual(['closed', 'closed']);
    }),
    { numRuns: 30 },
  );
});

test('an entry of a router of before, and one that was there before, has the times that it says', async () => {
  const bucket = new MemoryStore(targetHealth);
  const clock = new FakeClock();
  const untilMs = clock.nowMs() + 5_000;
  const value = {
    subject: { key: 'k', provider: 'openai', model: 'gpt-5', host: 'h', credential: 'c' },
    cooldown: { untilMs, reason: 'upstream_rate_limited' as const },
  };
  await bucket.put('there', { ...value, written: { by: 'other', atMs: clock.nowMs() - 30_000 } });
  const store = byOwnClock({ store: bucket, instance: 'own', clock });
  await bucket.put('old', value);
  for (const key of ['there', 'old']) expect(store.get(key)?.value.cooldown?.untilMs).toBe(untilMs);
  await bucket.put('new', { ...value, written: { by: 'other', atMs: clock.nowMs() - 30_000 } });
  expect(store.get('new')?.value.cooldown?.untilMs).toBe(untilMs + 30_000);
});
