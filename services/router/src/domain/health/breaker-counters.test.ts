import { FakeClock } from '@weir/testkit/fake-clock';
import { expect, test } from 'vitest';
import type { BreakerPolicy } from '../routing/compiled-config.ts';
import { statusAt } from './circuit-state.ts';
import { CircuitBreaker } from './circuit-breaker.ts';
import type { HealthOutcome } from './health.ts';

const policy: BreakerPolicy = {
  failures: 5,
  failureRate: 0.5,
  minRequests: 20,
  openMs: 5_000,
  maxOpenMs: undefined,
  failureStatusCodes: undefined,
};
const refusal: HealthOutcome = { kind: 'cooldown', code: 'upstream_rate_limited', forMs: undefined };

/** What becomes of 300 requests a second in twenty seconds, where each answer takes 40 ms and no refusal tells for how long. */
function load(grants: (nowMs: number) => boolean): { asked: number; granted: number } {
  const clock = new FakeClock();
  const circuit = new CircuitBreaker();
  const seen = { asked: 0, granted: 0 };
  for (let request = 0; request < 300 * 20; request++) {
    clock.advance(request % 3 === 0 ? 4 : 3);
    if (statusAt(circuit.state, clock.nowMs()).retryAtMs !== undefined) continue;
    seen.asked++;
    const outcome: HealthOutcome = grants(clock.nowMs()) ? { kind: 'success' } : refusal;
    if (outcome.kind === 'success') seen.granted++;
    clock.after(40, () => {
      circuit.record({ outcome, policy, probe: undefined, nowMs: clock.nowMs(), random: () => 0 });
    });
  }
  return seen;
}

/** Grants so many requests a second, and as many at once as it has saved up. */
function tokenBucket(perSecond: number, burst: number) {
  let tokens = burst;
  let lastMs: number | undefined;
  return (nowMs: number) => {
    tokens = Math.min(burst, tokens + ((nowMs - (lastMs ?? nowMs)) * perSecond) / 1_000);
    lastMs = nowMs;
    if (tokens < 1) return false;
    tokens--;
    return true;
  };
}

test('of a provider that grants every second request nearly half is had', () => {
  let count = 0;
  expect(load(() => ++count % 2 === 0).granted).toBeGreaterThan(0.49 * 6_000);
});

test('of a provider with a bucket of tokens nearly all tokens are had', () => {
  expect(load(tokenBucket(150, 10)).granted).toBeGreaterThan(0.9 * 150 * 20);
  expect(load(tokenBucket(30, 30)).granted).toBeGreaterThan(0.8 * 30 * 20);
});

test('a provider whose quota is used up is asked a few hundred times in twenty seconds, and not six thousand', () => {
  expect(load(() => false).asked).toBeLessThan(300);
});
