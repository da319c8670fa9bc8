import fc from 'fast-check';
import { expect, test } from 'vitest';
import { defaultPolicy } from '../routing/compile-policy.ts';
import type { BreakerPolicy } from '../routing/compiled-config.ts';
import { statusAt } from './circuit-state.ts';
import { CircuitBreaker } from './circuit-breaker.ts';
import type { HealthOutcome, HalfOpenProbe } from './health.ts';

const policy: BreakerPolicy = {
  failures: 3,
  failureRate: 0.5,
  minRequests: 10,
  openMs: 10_000,
  maxOpenMs: undefined,
  failureStatusCodes: undefined,
};

const failure: HealthOutcome = { kind: 'failure', code: 'upstream_error' };
const success: HealthOutcome = { kind: 'success' };
const neutral: HealthOutcome = { kind: 'neutral' };
const alive: HealthOutcome = { kind: 'alive' };
const limited = (forMs?: number): HealthOutcome => ({
  kind: 'cooldown',
  code: 'upstream_rate_limited',
  forMs,
});

function circuitAt(startMs = 1_000_000, random = () => 0) {
  const circuit = new CircuitBreaker();
  const time = { nowMs: startMs };
  return {
    circuit,
    time,
    verdict: () => statusAt(circuit.state, time.nowMs),
    state: () => statusAt(circuit.state, time.nowMs).state,
    record: (outcome: HealthOutcome, probe?: HalfOpenProbe, of = policy) => {
      circuit.record({ outcome, policy: of, probe, nowMs: time.nowMs, random });
    },
    claim: () => circuit.claim('router-1', time.nowMs),
  };
}

/** One that has just opened. */
function opened() {
  const parts = circuitAt();
  for (let i = 0; i < policy.failures; i++) parts.record(failure);
  return parts;
}

test('failures in a row open it, and a success between them begins the count anew', () => {
  const { record, state, verdict, time } = circuitAt();
  for (const outcome of [failure, failure, success, failure, failure, neutral]) record(outcome);
  expect(state()).toBe('closed');
  record(failure);
  expect(verdict()).toEqual({ state: 'open', retryAtMs: time.nowMs + 10_000, reason: 'upstream_error' });
});

test('a flapping provider opens it by the share of its failures, once there are enough of them', () => {
  const { record, state, time } = circuitAt();
  for (let request = 0; request < 9; request++) {
    record(request % 2 === 0 ? success : failure);
    time.nowMs += 1_000;
  }
  expect(state()).toBe('closed');
  record(failure);
  expect(state()).toBe('open');
});

test('failures of more than half a minute ago do not count', () => {
  const { record, state, time } = circuitAt();
  for (const outcome of [failure, success, failure, success, failure, success]) record(outcome);
  time.nowMs += 30_000;
  for (const outcome of [failure, success, failure, success]) record(outcome);
  expect(state()).toBe('closed');
});

test('when its time is over one request may probe, and the others wait for what it finds', () => {
  const { claim, state, time } = opened();
  time.nowMs += 9_999;
  expect([state(), claim()]).toEqual(['open', undefined]);
  time.nowMs += 1;
  expect(state()).toBe('half_open');
  expect(claim()).toEqual({ by: 'router-1', untilMs: time.nowMs + 5_000 });
  expect([state(), claim()]).toEqual(['open', undefined]);
});

test('while a probe is out, all others are told to come back within a second', () => {
  const { claim, verdict, time } = opened();
  time.nowMs += 10_000;
  claim();
  expect(verdict()).toMatchObject({ state: 'open', retryAtMs: time.nowMs + 1_000 });
  time.nowMs += 4_500;
  expect(verdict().retryAtMs).toBe(time.nowMs + 500);
});

test("a probe's success closes it and forgets all that was", () => {
  const { record, claim, state, verdict, time } = opened();
  time.nowMs += 10_000;
  record(success, claim());
  expect(verdict()).toEqual({ state: 'closed' });
  record(failure);
  record(failure);
  expect(state()).toBe('closed');
  record(failure);
  expect(verdict().retryAtMs).toBe(time.nowMs + 10_000);
});

/** How long it stays open each time, when one probe after the other fails. */
function openTimesMs(of: BreakerPolicy): number[] {
  const { record, claim, verdict, time } = circuitAt();
  for (let i = 0; i < of.failures; i++) record(failure, undefined, of);
  return Array.from({ length: 6 }, () => {
    const openMs = (verdict().retryAtMs ?? NaN) - time.nowMs;
    time.nowMs += openMs;
    record(failure, claim(), of);
    return openMs;
  });
}

test('it stays open for the same time after each failed probe, however long the outage', () => {
  expect(new Set(openTimesMs(policy))).toEqual(new Set([10_000]));
  expect(new Set(openTimesMs({ ...policy, openMs: 300_000 }))).toEqual(new Set([300_000]));
});

test('where a policy gives a longest time, each failed probe keeps it open for twice as long, up to that', () => {
  expect(openTimesMs({ ...policy, maxOpenMs: 60_000 })).toEqual([
    10_000, 20_000, 40_000, 60_000, 60_000, 60_000,
  ]);
  expect(new Set(openTimesMs({ ...policy, maxOpenMs: 4_000 }))).toEqual(new Set([4_000]));
});

test('a longest time of a policy bounds what a provider asks for, too', () => {
  const { record, verdict, time } = circuitAt();
  record(limited(600_000), undefined, { ...policy, maxOpenMs: 30_000 });
  expect(verdict().retryAtMs).toBe(time.nowMs + 30_000);
});

test.each([1, 2, 3, 4])(
  'after an outage a target is back within ten seconds, with a request every %i s',
  (s) => {
    const { record, claim, state, time } = circuitAt(0, () => 0.999);
    const recoveredAtMs = 90_000;
    for (; time.nowMs <= recoveredAtMs || state() !== 'closed'; time.nowMs += s * 1_000) {
      const outcome = time.nowMs < recoveredAtMs ? failure : success;
      if (state() === 'closed') record(outcome, undefined, defaultPolicy.breaker);
      else if (state() === 'half_open') record(outcome, claim(), defaultPolicy.breaker);
    }
    expect(time.nowMs - recoveredAtMs).toBeLessThanOrEqual(10_000 + s * 1_000);
  },
);

test('circuits that opened together are not probed together: a tenth more at most', () => {
  const { record, verdict, time } = circuitAt(0, () => 0.999);
  for (let i = 0; i < policy.failures; i++) record(failure);
  expect(verdict().retryAtMs).toBeGreaterThan(time.nowMs + 10_900);
  expect(verdict().retryAtMs).toBeLessThanOrEqual(time.nowMs + 11_000);
});

test('a late answer to a request that began before it opened neither closes it nor frees the probe', () => {
  const { record, claim, state, time } = opened();
  record(success);
  expect(state()).toBe('open');
  time.nowMs += 10_000;
  record(success);
  expect(state()).toBe('half_open');
  const probe = claim();
  for (const outcome of [success, failure, neutral]) record(outcome);
  expect(state()).toBe('open');
  record(success, probe);
  expect(state()).toBe('closed');
});

test('a probe that tells nothing is free for the next request at once', () => {
  const { record, claim, state, time } = opened();
  time.nowMs += 10_000;
  record(neutral, claim());
  expect(state()).toBe('half_open');
  expect(claim()).toBeDefined();
});

test('a probe that takes long is given to another after five seconds, and then only its success still counts', () => {
  const { record, claim, state, time } = opened();
  time.nowMs += 10_000;
  const lost = claim();
  time.nowMs += 5_000;
  expect(state()).toBe('half_open');
  expect(claim()).toBeDefined();
  record(failure, lost);
  record(neutral, lost);
  expect(state()).toBe('open');
  record(success, lost);
  expect(state()).toBe('closed');
});

test('a probe that ends in a refusal of the request closes it too: the provider works', () => {
  const { record, claim, state, time } = opened();
  time.nowMs += 10_000;
  record(alive);
  expect(state()).toBe('half_open');
  record(alive, claim());
  expect(state()).toBe('closed');
});

test('the bad requests of one caller do not hide that all others fail', () => {
  const { record, state } = circuitAt();
  for (const outcome of [failure, alive, alive, failure, alive, failure]) record(outcome);
  expect(state()).toBe('open');
});

test("the end of an attempt whose first content has closed the circuit is judged as any other attempt's", () => {
  const { record, claim, state, time } = opened();
  time.nowMs += 10_000;
  record(success, claim());
  record(failure);
  expect(state()).toBe('closed');
  for (const outcome of [success, failure, failure]) record(outcome);
  expect(state()).toBe('closed');
  record(failure);
  expect(state()).toBe('open');
});

test('a provider that asks to be left alone is, and is simply asked again afterwards', () => {
  const { record, verdict, state, time } = circuitAt();
  record(limited(7_000));
  expect(verdict()).toEqual({
    state: 'cooling_down',
    retryAtMs: time.nowMs + 7_000,
    reason: 'upstream_rate_limited',
  });
  record(success);
  expect(state()).toBe('cooling_down');
  time.nowMs += 7_000;
  expect(state()).toBe('closed');
});

test('a provider that limits the rate and does not say for how long rests once it refuses all, for longer each time', () => {
  const { record, state, verdict, time } = circuitAt();
  for (let refusal = 0; refusal < 4; refusal++) record(limited());
  expect(state()).toBe('closed');
  const restsMs: number[] = [];
  for (let rest = 0; rest < 8; rest++) {
    record(limited());
    restsMs.push((verdict().retryAtMs ?? NaN) - time.nowMs);
    // What was on its way by then tells nothing new.
    record(limited());
    time.nowMs = verdict().retryAtMs ?? NaN;
  }
  expect(restsMs).toEqual([100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000]);
  record(success);
  record(limited());
  expect(state()).toBe('closed');
});

test('a clock that is set back does not keep old failures in mind for as long', () => {
  const { record, state, time } = circuitAt();
  for (let request = 0; request < 8; request++) record(request % 2 === 0 ? failure : success);
  time.nowMs -= 3_600_000;
  for (const outcome of [failure, success, failure]) record(outcome);
  expect(state()).toBe('closed');
});

test('nobody is left alone for more than an hour', () => {
  const { record, verdict, time } = circuitAt();
  record(limited(86_400_000));
  expect(verdict().retryAtMs).toBe(time.nowMs + 3_600_000);
});

test('of a cooldown and an open circuit the later end holds, and the circuit is probed after it all the same', () => {
  const { record, verdict, state, time } = opened();
  const openUntilMs = time.nowMs + 10_000;
  record(limited(4_000));
  expect(verdict()).toMatchObject({ state: 'open', retryAtMs: openUntilMs });
  record(limited(15_000));
  expect(verdict()).toMatchObject({ state: 'cooling_down', retryAtMs: openUntilMs + 5_000 });
  time.nowMs += 15_000;
  expect(state()).toBe('half_open');
});

test('a shorter cooldown does not end a longer one', () => {
  const { record, verdict, time } = circuitAt();
  record(limited(60_000));
  record(limited(1_000));
  expect(verdict().retryAtMs).toBe(time.nowMs + 60_000);
});

test('whatever happens: it can be asked again within its time, and one success makes it well', () => {
  const outcomes = fc.oneof(
    fc.constantFrom(failure, failure, failure, success, neutral, alive, limited()),
    fc.integer({ min: 0, max: 100_000 }).map(limited),
  );
  const steps = fc.array(fc.tuple(outcomes, fc.nat(15_000), fc.boolean()), { maxLength: 100 });
  fc.assert(
    fc.property(steps, (taken) => {
      const { record, claim, state, time, verdict } = circuitAt(1_000_000, () => 0.5);
      for (const [outcome, pauseMs, probes] of taken) {
        time.nowMs += pauseMs;
        record(outcome, probes ? claim() : undefined);
        expect((verdict().retryAtMs ?? 0) - time.nowMs).toBeLessThanOrEqual(100_000);
      }
      time.nowMs += 100_000;
      if (state() === 'half_open') record(success, claim());
      expect(state()).toBe('closed');
    }),
  );
});

test('the rest after a probe counts from when it was sent, however slowly it fails', () => {
  const { claim, record, state, time, verdict } = opened();
  time.nowMs += policy.openMs;
  const sentAtMs = time.nowMs;
  const probe = claim();
  time.nowMs += 8_000;
  record(failure, probe);
  expect(verdict()).toMatchObject({ state: 'open', retryAtMs: sentAtMs + policy.openMs });
  time.nowMs = sentAtMs + policy.openMs;
  expect(state()).toBe('half_open');
});

test('a target is used again within ten seconds of its recovery, however seldom it is asked and however slowly it fails', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 8 }).map((halves) => halves * 500),
      fc.constantFrom(0, 50, 1_000, 3_000, 8_000, 30_000),
      fc.integer({ min: 60_000, max: 300_000 }),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      (gapMs, failsAfterMs, outageMs, chance) => {
        expect(returnMs({ gapMs, failsAfterMs, outageMs, chance })).toBeLessThanOrEqual(10_000);
      },
    ),
  );
});

interface Outage {
  readonly gapMs: number;
  readonly failsAfterMs: number;
  readonly outageMs: number;
  readonly chance: number;
}

/** How long after an outage the first request is sent that succeeds, where one comes every `gapMs`. */
function returnMs({ gapMs, failsAfterMs, outageMs, chance }: Outage): number {
  const { circuit, record, state, time } = circuitAt(0, () => chance);
  const underWay: { readonly endsAtMs: number; readonly probe: HalfOpenProbe | undefined }[] = [];
  for (; ; time.nowMs += gapMs) {
    while (underWay[0] && underWay[0].endsAtMs <= time.nowMs) {
      const nowMs = time.nowMs;
      time.nowMs = underWay[0].endsAtMs;
      record(failure, underWay.shift()?.probe, defaultPolicy.breaker);
      time.nowMs = nowMs;
    }
    const probe = state() === 'half_open' ? circuit.claim('router-1', time.nowMs) : undefined;
    if (state() !== 'closed' && !probe) continue;
    if (time.nowMs >= outageMs) return time.nowMs - outageMs;
    underWay.push({ endsAtMs: time.nowMs + failsAfterMs, probe });
  }
}
