import { FakeClock } from '@weir/testkit/fake-clock';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isDoneWithin, steadyTimeOfDay } from './clock.ts';

test('work that is done in time is done, and work that goes on is not', async () => {
  const clock = new FakeClock();
  expect(await isDoneWithin(Promise.resolve(), 10, clock)).toBe(true);
  const waiting = isDoneWithin(new Promise(() => undefined), 10, clock);
  clock.advance(10);
  expect(await waiting).toBe(false);
});

test('work that fails in time is heard of, and takes no process with it', async () => {
  const failing = Promise.reject(new Error('lost'));
  await expect(isDoneWithin(failing, 10, new FakeClock())).rejects.toThrow('lost');
});

describe('the time of day of a process', () => {
  /** A host, and how its clock is set. */
  function createHost() {
    const host = { uptimeMs: 5_000, bootedAtMs: 1_700_000_000_000, hasGoneBack: false };
    const wallMs = () => host.bootedAtMs + host.uptimeMs;
    const nowMs = steadyTimeOfDay({ wallMs, monotonicMs: () => host.uptimeMs });
    let lastMs = nowMs();
    const run = (lengthMs: number) => {
      for (let i = 0; i < lengthMs; i += 20) {
        host.uptimeMs += 20;
        host.hasGoneBack ||= nowMs() < lastMs;
        lastMs = nowMs();
      }
    };
    return { host, wallMs, nowMs, run };
  }

  test('is that of its host', () => {
    const { nowMs, wallMs, run } = createHost();
    run(10_000);
    expect(nowMs()).toBe(wallMs());
  });

  test('measures each time to a quarter, and never goes back, however the host is set by less than a minute, and is that of the host again', () => {
    const steps = fc.array(fc.tuple(fc.integer({ min: -30_000, max: 30_000 }), fc.nat(200)), {
      maxLength: 3,
    });
    fc.assert(
      fc.property(steps, (given) => {
        const { host, nowMs, wallMs, run } = createHost();
        for (const [setMs, pauses] of given) {
          if (Math.abs(wallMs() + setMs - nowMs()) > 60_000) continue;
          host.bootedAtMs += setMs;
          const beganAtMs = nowMs();
          run(pauses * 20);
          const measuredMs = nowMs() - beganAtMs;
          expect(measuredMs).toBeGreaterThanOrEqual(0.75 * pauses * 20 - 1);
          expect(measuredMs).toBeLessThanOrEqual(1.25 * pauses * 20 + 1);
        }
        run(240_200);
        expect(host.hasGoneBack).toBe(false);
        expect(Math.abs(nowMs() - wallMs())).toBeLessThanOrEqual(1);
      }),
      { numRuns: 20 },
    );
  });

  test('is at once that of a host which was wrong by more than a minute', () => {
    const { host, nowMs, wallMs, run } = createHost();
    host.bootedAtMs += 3_600_000;
    run(100);
    expect(nowMs()).toBe(wallMs());
  });
});
