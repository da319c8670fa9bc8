import { beforeEach, describe, expect, test } from 'vitest';
import { authenticationFailed } from '@weir/contracts/keys/verification';
import { Fault } from '@weir/service-kit/fault';
import { createMetrics } from '@weir/service-kit/metrics';
import { testEnvelope } from '@weir/testkit/envelope';
import { FakeClock } from '@weir/testkit/fake-clock';
import { headOf, settled } from '../../test/authentication-harness.ts';
import { FakeBus } from '../../test/fake-bus.ts';
import { AttemptThrottle, maxDelayed } from './attempt-throttle.ts';
import { freeAttempts } from './failed-attempts.ts';

let bus: FakeBus;
let clock: FakeClock;
let metrics: ReturnType<typeof createMetrics>;
let throttle: AttemptThrottle;
beforeEach(() => {
  bus = new FakeBus();
  clock = new FakeClock();
  metrics = createMetrics('ingress');
  throttle = new AttemptThrottle({ bus, clock, instance: 'this', metrics });
});

const invalid = () => new Fault('invalid_api_key');

/** How a refusal ends, at the time when it does. */
function refuse(ip?: string, keyId?: string) {
  const { head, leave } = headOf('x', ip);
  const beganAtMs = clock.nowMs();
  const refused = throttle.refuse(head, invalid(), keyId).catch((thrown: unknown) => {
    const { code, details } = Fault.from(thrown);
    return { code, afterMs: clock.nowMs() - beganAtMs, ...details };
  });
  return { leave, refused };
}

async function delayOf(ip?: string, keyId?: string): Promise<number> {
  const { refused } = refuse(ip, keyId);
  await clock.advanceAsync(10_000);
  return (await refused).afterMs;
}

async function delaysOf(count: number, ip?: string, keyId?: string): Promise<number[]> {
  const delaysMs: number[] = [];
  for (let n = 0; n < count; n++) delaysMs.push(await delayOf(ip, keyId));
  return delaysMs;
}

const free = Array<number>(freeAttempts).fill(0);

test('the first failures are answered at once; then each waits twice as long, up to four seconds', async () => {
  expect(await delaysOf(freeAttempts + 6)).toEqual([...free, 250, 500, 1_000, 2_000, 4_000, 4_000]);
  expect(await delayOf('198.51.100.1')).toBe(0);
});

test('a key id that is guessed from many addresses waits as well', async () => {
  for (let n = 0; n < freeAttempts; n++) expect(await delayOf(`198.51.100.${n}`, 'abcd1234')).toBe(0);
  expect(await delayOf('203.0.113.9', 'abcd1234')).toBe(250);
  expect(await delayOf('203.0.113.10', 'another0')).toBe(0);
});

test('addresses of one network of IPv6 are one client, and IPv4 written as IPv6 is IPv4', async () => {
  for (let n = 0; n < freeAttempts; n++) await delayOf(`2001:db8:0:1::${n}`);
  expect(await delayOf('2001:db8:0:1:ffff::1')).toBe(250);
  expect(await delayOf('2001:db8:0:2::1')).toBe(0);
  await delaysOf(freeAttempts, '198.51.100.7');
  expect(await delayOf('::ffff:198.51.100.7')).toBe(250);
});

test('all are forgotten five minutes after the last', async () => {
  await delaysOf(freeAttempts + 1);
  clock.advance(300_001);
  expect(await delaysOf(freeAttempts + 1)).toEqual([...free, 250]);
});

describe('answers that wait', () => {
  beforeEach(async () => {
    await delaysOf(freeAttempts + 5);
  });

  test('are bounded: one more is a 429 at once that says when to try again', async () => {
    const waiting = Array.from({ length: maxDelayed }, () => refuse());
    expect(await refuse().refused).toEqual({
      code: 'too_many_failed_attempts',
      afterMs: 0,
      retryAfterMs: 4_000,
    });
    // Whoever has just begun to mistype does not wait, and so is told what is wrong.
    expect(await refuse('198.51.100.1').refused).toEqual({ code: 'invalid_api_key', afterMs: 0 });
    await clock.advanceAsync(4_000);
    for (const { refused } of waiting) expect((await refused).code).toBe('invalid_api_key');
    expect(await delayOf()).toBe(4_000);
  });

  test('of clients that leave make room for others', async () => {
    const waiting = Array.from({ length: maxDelayed }, () => refuse());
    for (const { leave } of waiting) leave();
    await Promise.all(waiting.map(({ refused }) => refused));
    expect(clock.waiting).toBe(0);
    const next = refuse();
    await settled();
    expect(clock.waiting).toBe(1);
    await clock.advanceAsync(4_000);
    expect(await next.refused).toEqual({ code: 'invalid_api_key', afterMs: 4_000 });
  });

  test('are counted', async () => {
    refuse();
    const exposed = await metrics.expose();
    expect(exposed).toContain('weir_authentication_delayed{service="ingress"} 1');
    expect(exposed).toContain(
      'weir_authentication_failures_total{code="invalid_api_key",answer="at_once",service="ingress"} 5',
    );
    expect(exposed).toContain(
      'weir_authentication_failures_total{code="invalid_api_key",answer="delayed",service="ingress"} 6',
    );
    expect(exposed).not.toContain('203.0.113.7');
  });
});

describe('several replicas', () => {
  const told = (instance: string, address: string, keyId?: string) => {
    bus.tell(authenticationFailed, { instance, address, keyId }, testEnvelope());
  };

  test('count what any of them has seen, and none counts its own twice', async () => {
    for (let n = 0; n < freeAttempts; n++) told('other', '203.0.113.7', 'abcd1234');
    for (let n = 0; n < freeAttempts; n++) told('this', '198.51.100.1');
    expect(await delayOf('203.0.113.7')).toBe(250);
    expect(await delayOf('198.51.100.2', 'abcd1234')).toBe(250);
    expect(await delayOf('198.51.100.1')).toBe(0);
  });

  test('are told of each, without the key, and of no more than fifty a second', async () => {
    await delayOf('203.0.113.7', 'abcd1234');
    expect(bus.published).toEqual([
      {
        name: authenticationFailed.name,
        data: { instance: 'this', address: '203.0.113.7', keyId: 'abcd1234' },
      },
    ]);
    for (let n = 0; n < 200; n++) refuse();
    expect(bus.published).toHaveLength(51);
    clock.advance(1_000);
    refuse();
    expect(bus.published).toHaveLength(52);
  });

  test('are not told while the bus is away, and the answer is the same', async () => {
    bus.connected = false;
    expect(await delayOf()).toBe(0);
    expect(bus.published).toEqual([]);
  });
});
