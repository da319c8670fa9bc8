import { targetHealth } from '@weir/contracts/routing/buckets';
import type { Bus } from '@weir/service-kit/bus/bus';
import type { Store } from '@weir/service-kit/bus/store';
import { systemClock, type Clock } from '@weir/service-kit/clock';
import { createLogger } from '@weir/service-kit/logger';
import { eventually } from '@weir/testkit/eventually';
import { startNats, type NatsTestServer } from '@weir/testkit/servers/nats';
import { connectTestBus } from '@weir/testkit/test-bus';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { HealthRegistry } from '../src/health/health-registry.ts';
import type { HealthOutcome, HealthKey } from '../src/domain/health/health.ts';
import type { BreakerPolicy } from '../src/domain/routing/compiled-config.ts';

const policy: BreakerPolicy = {
  failures: 1,
  failureRate: 1,
  minRequests: 100,
  openMs: 60_000,
  maxOpenMs: undefined,
  failureStatusCodes: undefined,
};
/** So short that it is over when it is heard of. */
const brief = { ...policy, openMs: 1 };
const failure: HealthOutcome = { kind: 'failure', code: 'upstream_error' };

/** A machine that runs many tests may be slow: nobody gives up waiting for the bus here. */
const clock: Clock = { ...systemClock, after: (delayMs, task) => systemClock.after(delayMs * 40, task) };

let server: NatsTestServer;
const buses: Bus[] = [];
let routers: [Router, Router];
beforeAll(async () => {
  server = await startNats({ config: 'weir' });
  routers = [await startRouter(), await startRouter()];
});
afterAll(async () => {
  await Promise.all(buses.map((bus) => bus.drain()));
  await server.close();
});

interface Router {
  readonly store: Store<typeof targetHealth>;
  readonly board: HealthRegistry;
}

async function startRouter(): Promise<Router> {
  const bus = await connectTestBus({ url: server.urlFor('router'), service: 'router' });
  const instance = `router-${buses.push(bus)}`;
  const store = await bus.store(targetHealth);
  const logger = createLogger({ service: 'router', instance, level: 'silent' });
  const parts = { store, instance, clock, logger, random: Math.random, onTransition: () => undefined };
  return { store, board: new HealthRegistry(parts) };
}

const subjectOf = (model: string): HealthKey => ({
  id: JSON.stringify(['openai', 'https://api.openai.com/v1', model, '']),
  provider: 'openai',
  model,
  host: 'api.openai.com',
  credential: '',
  isShared: true,
});

test('a circuit that one router opens is open in the other within a second', async () => {
  const [{ board: one }, { board: other }] = routers;
  const subject = subjectOf('gpt-5');
  one.record(subject, failure, policy, undefined);
  expect(one.statusOf(subject).state).toBe('open');
  await eventually(() => {
    expect(other.statusOf(subject)).toEqual(one.statusOf(subject));
  }, 1_000);
});

test('of many requests of two routers one probes, again and again, and its success lets all in', async () => {
  const [{ board: one }, { board: other }] = routers;
  const subject = subjectOf('claude');
  one.record(subject, failure, brief, undefined);
  const requests = Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? one : other));
  let mostGranted = 0;
  for (const outcome of [failure, { kind: 'neutral' }, { kind: 'success' }] satisfies HealthOutcome[]) {
    // A router that has not heard of the newest state is refused, and its next request is not.
    const claim = await eventually(async () => {
      const claims = await Promise.all(
        requests.map(async (board) => ({ board, probe: await board.claimProbe(subject) })),
      );
      const granted = claims.filter(({ probe }) => probe !== undefined);
      mostGranted = Math.max(mostGranted, granted.length);
      expect(granted).not.toEqual([]);
      return granted[0];
    });
    claim?.board.record(subject, outcome, brief, claim.probe);
  }
  expect(mostGranted).toBe(1);
  await eventually(() => {
    expect([one.statusOf(subject).state, other.statusOf(subject).state]).toEqual(['closed', 'closed']);
  });
});

test('a target that one router was asked to leave alone is left alone by the other', async () => {
  const [{ board: one }, { board: other }] = routers;
  const subject = subjectOf('llama');
  one.record(subject, { kind: 'cooldown', code: 'upstream_rate_limited', forMs: 30_000 }, policy, undefined);
  await eventually(() => {
    expect(other.statusOf(subject)).toMatchObject({ state: 'cooling_down', reason: 'upstream_rate_limited' });
  });
});

test('a router that comes later knows what the others know', async () => {
  const [{ board: one }] = routers;
  const { board: late } = await startRouter();
  expect(late.statusOf(subjectOf('gpt-5'))).toEqual(one.statusOf(subjectOf('gpt-5')));
});
