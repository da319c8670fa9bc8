import { targetHealth } from '@weir/contracts/routing/buckets';
import type { Store } from '@weir/service-kit/bus/store';
import { Fault } from '@weir/service-kit/fault';
import { createLogger } from '@weir/service-kit/logger';
import { FakeClock } from '@weir/testkit/fake-clock';
import { MemoryStore } from '@weir/testkit/memory-store';
import { expect, test } from 'vitest';
import { LaggingStore } from '../../test/lagging-store.ts';
import type { BreakerPolicy } from '../domain/routing/compiled-config.ts';
import { HealthRegistry } from './health-registry.ts';
import type { HealthOutcome, HealthKey } from '../domain/health/health.ts';

const policy: BreakerPolicy = {
  failures: 1,
  failureRate: 1,
  minRequests: 100,
  openMs: 10_000,
  maxOpenMs: undefined,
  failureStatusCodes: undefined,
};
const failure: HealthOutcome = { kind: 'failure', code: 'upstream_error' };
const success: HealthOutcome = { kind: 'success' };
const limited = (forMs: number): HealthOutcome => ({
  kind: 'cooldown',
  code: 'upstream_rate_limited',
  forMs,
});

const subjectOf = (model: string): HealthKey => ({
  id: `openai ${model}`,
  provider: 'openai',
  model,
  host: 'api.openai.com',
  credential: '0123abcd',
  isShared: true,
});
const subject = subjectOf('gpt-5');

const logger = createLogger({ service: 'router', instance: 'test', level: 'silent' });

/** What the bucket's entries say. */
const statesIn = (bucket: Store<typeof targetHealth>) =>
  [...bucket.entries()].map(({ value: { breaker, cooldown } }) => ({ breaker, cooldown }));

/** Lets what goes on in the background come to its end. */
const untilTold = () => new Promise(setImmediate);

async function deliverAll(...stores: LaggingStore<typeof targetHealth>[]): Promise<void> {
  const deliverOne = () =>
    stores
      .flatMap((store) => [store.deliverQuestion(), store.deliverNews()])
      .some((isDelivered) => isDelivered);
  while (deliverOne()) await untilTold();
}

/** Two routers on one bucket, or on the stores that are given. */
function routers(stores?: Store<typeof targetHealth>[]) {
  const clock = new FakeClock();
  const bucket = new MemoryStore(targetHealth, { clock });
  const transitions: string[] = [];
  const boardOn = (store: Store<typeof targetHealth>, index: number) =>
    new HealthRegistry({
      store,
      instance: `router-${index}`,
      clock,
      random: () => 0,
      logger,
      onTransition: ({ model }, to) => transitions.push(`${index} ${model} ${to}`),
    });
  const [a, b] = (stores ?? [bucket, bucket]).map(boardOn);
  if (!a || !b) throw new Error('There are to be two routers');
  return { a, b, clock, bucket, boardOn, transitions };
}

test('a circuit that one router opens is open in the others, and in one that starts later', () => {
  const { a, b, bucket, boardOn, clock } = routers();
  a.record(subject, failure, policy, undefined);
  const verdict = { state: 'open', retryAtMs: clock.nowMs() + 10_000, reason: 'upstream_error' };
  expect(b.statusOf(subject)).toEqual(verdict);
  expect(boardOn(bucket, 3).statusOf(subject)).toEqual(verdict);
});

test('one request of one router probes, and its success lets all in again', async () => {
  const { a, b, bucket, clock, transitions } = routers();
  a.record(subject, failure, policy, undefined);
  await untilTold();
  clock.advance(10_000);
  expect([a.statusOf(subject).state, b.statusOf(subject).state]).toEqual(['half_open', 'half_open']);
  const claims = await Promise.all([a, a, b, b].map((board) => board.claimProbe(subject)));
  const probe = claims.find((claim) => claim !== undefined);
  expect(claims.filter((claim) => claim !== undefined)).toHaveLength(1);
  expect([a.statusOf(subject).state, b.statusOf(subject).state]).toEqual(['open', 'open']);
  a.record(subject, success, policy, probe);
  expect([a.statusOf(subject).state, b.statusOf(subject).state]).toEqual(['closed', 'closed']);
  expect(statesIn(bucket)).toEqual([{}]);
  expect(transitions).toEqual(['0 gpt-5 open', '0 gpt-5 half_open', '0 gpt-5 closed']);
});

test('a failed probe keeps it closed to all for as long again, and a cancelled one frees it for all at once', async () => {
  const { a, b, clock } = routers();
  a.record(subject, failure, policy, undefined);
  clock.advance(10_000);
  a.record(subject, failure, policy, await a.claimProbe(subject));
  expect(b.statusOf(subject).retryAtMs).toBe(clock.nowMs() + 10_000);
  clock.advance(10_000);
  a.record(subject, { kind: 'neutral' }, policy, await a.claimProbe(subject));
  expect(await b.claimProbe(subject)).toBeDefined();
});

test('what a provider limits for one router is left alone by all, until its time is over', () => {
  const { a, b, clock } = routers();
  a.record(subject, limited(20_000), policy, undefined);
  expect(b.statusOf(subject)).toMatchObject({ state: 'cooling_down', retryAtMs: clock.nowMs() + 20_000 });
  clock.advance(20_000);
  expect(b.statusOf(subject)).toEqual({ state: 'closed' });
});

test('a cooldown and a circuit that opens elsewhere at the same time both hold', async () => {
  const { a, b, clock } = routers();
  a.record(subject, limited(5_000), policy, undefined);
  b.record(subject, failure, policy, undefined);
  expect(a.statusOf(subject)).toMatchObject({ state: 'open', retryAtMs: clock.nowMs() + 10_000 });
  await untilTold();
  a.record(subject, limited(60_000), policy, undefined);
  expect(b.statusOf(subject)).toMatchObject({ state: 'cooling_down', retryAtMs: clock.nowMs() + 60_000 });
  clock.advance(60_000);
  expect(a.statusOf(subject).state).toBe('half_open');
});

test('without the bus each router protects itself, and probes by itself', async () => {
  const { a, b, bucket, clock } = routers();
  bucket.failure = new Fault('bus_disconnected');
  a.record(subject, failure, policy, undefined);
  expect([a.statusOf(subject).state, b.statusOf(subject).state]).toEqual(['open', 'closed']);
  clock.advance(10_000);
  const probe = await a.claimProbe(subject);
  expect(probe).toBeDefined();
  expect(await a.claimProbe(subject)).toBeUndefined();
  a.record(subject, success, policy, probe);
  expect(a.statusOf(subject).state).toBe('closed');
});

test('what could not be told is told when the bus is back, and nothing that others say meanwhile undoes it', async () => {
  const { a, b, bucket, clock } = routers();
  bucket.failure = new Fault('service_unavailable');
  a.record(subject, failure, policy, undefined);
  await untilTold();
  bucket.failure = undefined;
  b.record(subject, limited(1_000), policy, undefined);
  await untilTold();
  expect([a.statusOf(subject).state, b.statusOf(subject).state]).toEqual(['open', 'cooling_down']);
  clock.advance(1_000);
  await untilTold();
  expect(b.statusOf(subject)).toEqual(a.statusOf(subject));
  expect(b.statusOf(subject).state).toBe('open');
});

test('what could not be told and has become untrue is not told', async () => {
  const { a, bucket, clock } = routers();
  bucket.failure = new Fault('service_unavailable');
  a.record(subject, limited(20_000), policy, undefined);
  await untilTold();
  clock.advance(20_000);
  bucket.failure = undefined;
  clock.advance(2_000);
  await untilTold();
  expect(statesIn(bucket)).toEqual([]);
});

test('a circuit that a router closes is closed in all, though their clocks differ by a second', async () => {
  const bucket = new MemoryStore(targetHealth);
  const clocks = [new FakeClock(1_000_000), new FakeClock(1_001_000)];
  const common = { store: bucket, random: () => 0, logger, onTransition: () => undefined };
  const [a, b] = clocks.map((clock, index) => new HealthRegistry({ ...common, clock, instance: `${index}` }));
  if (!a || !b) throw new Error('There are to be two routers');
  a.record(subject, failure, policy, undefined);
  await untilTold();
  for (const clock of clocks) clock.advance(9_500);
  expect([a.statusOf(subject).state, b.statusOf(subject).state]).toEqual(['open', 'half_open']);
  b.record(subject, success, policy, await b.claimProbe(subject));
  await untilTold();
  expect([a.statusOf(subject).state, b.statusOf(subject).state]).toEqual(['closed', 'closed']);
});

test("a slow probe's success lets all in, though a later one has failed", async () => {
  const { a, b, clock } = routers();
  a.record(subject, failure, policy, undefined);
  await untilTold();
  clock.advance(10_000);
  const slow = await a.claimProbe(subject);
  clock.advance(5_000);
  b.record(subject, failure, policy, await b.claimProbe(subject));
  await untilTold();
  expect(a.statusOf(subject).state).toBe('open');
  a.record(subject, success, policy, slow);
  await untilTold();
  expect([a.statusOf(subject).state, b.statusOf(subject).state]).toEqual(['closed', 'closed']);
});

test('a circuit whose entry has grown old with nobody asking is forgotten', async () => {
  const { a, b, bucket, clock } = routers();
  a.record(subject, failure, policy, undefined);
  await untilTold();
  clock.advance(3_601_000);
  expect([a.statusOf(subject).state, b.statusOf(subject).state]).toEqual(['closed', 'closed']);
  expect(statesIn(bucket)).toEqual([]);
});

test("a bus that comes back without its memory opens nobody's way to a target that is down", async () => {
  const { a, b, bucket, clock } = routers();
  a.record(subject, failure, policy, undefined);
  for (const { key } of [...bucket.entries()]) await bucket.delete(key);
  expect([a.statusOf(subject).state, b.statusOf(subject).state]).toEqual(['open', 'open']);
  clock.advance(10_000);
  const claims = await Promise.all([a.claimProbe(subject), b.claimProbe(subject)]);
  expect(claims.filter((claim) => claim !== undefined)).toHaveLength(1);
});

test('a router whose copy is behind, so that it is never the first, probes by itself', async () => {
  const bucket = new MemoryStore(targetHealth);
  const behind = new LaggingStore(bucket);
  const { a, b, clock } = routers([behind, bucket]);
  a.record(subject, failure, policy, undefined);
  await deliverAll(behind);
  clock.advance(10_000);
  expect(await b.claimProbe(subject)).toBeDefined();
  behind.loseNews();
  const claim = async () => {
    const claimed = a.claimProbe(subject);
    await untilTold();
    await deliverAll(behind);
    return claimed;
  };
  expect(await claim()).toBeUndefined();
  behind.isCurrent = false;
  expect(await claim()).toBeDefined();
});

test('a bus that does not answer holds up a probe for a quarter of a second', async () => {
  const bucket = new MemoryStore(targetHealth);
  const { a, clock } = routers([new LaggingStore(bucket), bucket]);
  a.record(subject, failure, policy, undefined);
  clock.advance(10_000);
  const claim = a.claimProbe(subject);
  const isHeldUp = () => Promise.race([claim.then(() => false), untilTold().then(() => true)]);
  clock.advance(249);
  expect(await isHeldUp()).toBe(true);
  clock.advance(1);
  expect(await isHeldUp()).toBe(false);
  expect(await claim).toBeDefined();
  expect(await a.claimProbe(subject)).toBeUndefined();
});

test('of two routers that tell of different things at the same time both are heard', async () => {
  const bucket = new MemoryStore(targetHealth);
  const [near, far] = [new LaggingStore(bucket), new LaggingStore(bucket)];
  const { a, b, clock } = routers([near, far]);
  a.record(subject, failure, policy, undefined);
  b.record(subject, limited(60_000), policy, undefined);
  near.deliverQuestion();
  far.deliverNews();
  // What it has found itself, and not yet told, is newer than what it hears.
  expect(b.statusOf(subject)).toMatchObject({ state: 'cooling_down', retryAtMs: clock.nowMs() + 60_000 });
  await deliverAll(near, far);
  for (const board of [a, b]) expect(board.statusOf(subject).state).toBe('cooling_down');
  clock.advance(60_000);
  for (const board of [a, b]) expect(board.statusOf(subject).state).toBe('half_open');
});

test('what a router hears of before it could tell of its own open circuit does not close that', async () => {
  const bucket = new MemoryStore(targetHealth);
  const [near, far] = [new LaggingStore(bucket), new LaggingStore(bucket)];
  const { a, b } = routers([near, far]);
  a.record(subject, failure, policy, undefined);
  b.record(subject, limited(1_000), policy, undefined);
  far.deliverQuestion();
  near.deliverNews();
  expect(a.statusOf(subject).state).toBe('open');
  await deliverAll(near, far);
  expect([a.statusOf(subject).state, b.statusOf(subject).state]).toEqual(['open', 'open']);
});

test('a router that hears late that a circuit has opened, and opens it itself, does not take the probe from another', async () => {
  const bucket = new MemoryStore(targetHealth);
  const late = new LaggingStore(bucket);
  const { a, b, clock } = routers([bucket, late]);
  a.record(subject, failure, policy, undefined);
  clock.advance(10_000);
  expect(await a.claimProbe(subject)).toBeDefined();
  b.record(subject, failure, policy, undefined);
  await deliverAll(late);
  clock.advance(4_000);
  expect(a.statusOf(subject)).toMatchObject({ state: 'open', retryAtMs: clock.nowMs() + 1_000 });
  expect(b.statusOf(subject)).toEqual(a.statusOf(subject));
  expect(await b.claimProbe(subject)).toBeUndefined();
});

test('a right to probe that is given when the circuit has closed and opened again is none', async () => {
  const bucket = new MemoryStore(targetHealth);
  const lagging = new LaggingStore(bucket);
  const { a, clock } = routers([lagging, bucket]);
  a.record(subject, failure, policy, undefined);
  await deliverAll(lagging);
  clock.advance(10_000);
  const first = a.claimProbe(subject);
  await untilTold();
  await deliverAll(lagging);
  const probe = await first;
  expect(probe).toBeDefined();
  clock.advance(5_000);
  const second = a.claimProbe(subject);
  await untilTold();
  a.record(subject, success, policy, probe);
  a.record(subject, failure, policy, undefined);
  await deliverAll(lagging);
  expect(await second).toBeUndefined();
  clock.advance(10_000);
  expect(a.statusOf(subject).state).toBe('half_open');
});

test('one write is under way at a time, and the next is of the newest state', async () => {
  const bucket = new MemoryStore(targetHealth);
  const lagging = new LaggingStore(bucket);
  const { a, b, clock } = routers([lagging, bucket]);
  for (let seconds = 1; seconds <= 60; seconds++)
    a.record(subject, limited(seconds * 1_000), policy, undefined);
  expect(lagging.asked).toBe(1);
  await deliverAll(lagging);
  expect(lagging.asked).toBe(2);
  expect(b.statusOf(subject).retryAtMs).toBe(clock.nowMs() + 60_000);
});

test('a storm of refusals is told twice a second, and not once for each', async () => {
  const { a, b, bucket, clock } = routers();
  let writes = 0;
  bucket.watch(() => writes++);
  for (let refusal = 0; refusal < 2_000; refusal++) {
    a.record(subject, limited(30_000), policy, undefined);
    clock.advance(1);
    await Promise.resolve();
  }
  expect(writes).toBeLessThanOrEqual(4);
  expect(a.statusOf(subject).retryAtMs).toBe(clock.nowMs() - 1 + 30_000);
  expect(b.statusOf(subject).retryAtMs).toBeGreaterThan(clock.nowMs() + 29_400);
});

test('an entry from a newer router, with a reason that we do not know, is an entry all the same', () => {
  const { a, bucket, clock } = routers();
  a.record(subject, failure, policy, undefined);
  const [entry] = [...bucket.entries()];
  if (!entry) throw new Error('There is to be an entry');
  bucket.putRaw(
    entry.key,
    JSON.stringify({ ...entry.value, cooldown: { untilMs: clock.nowMs() + 20_000, reason: 'bored' } }),
  );
  expect(a.statusOf(subject)).toMatchObject({ state: 'cooling_down', reason: 'internal_error' });
});

test('names that callers make up push out only those that nobody asks, and leave no trace where nothing was wrong', () => {
  const { a } = routers();
  a.record(subject, failure, policy, undefined);
  for (let name = 0; name < 9_000; name++) a.record(subjectOf(`made up ${name}`), success, policy, undefined);
  expect(a.statusOf(subject).state).toBe('open');
  for (let name = 0; name < 9_000; name++) a.record(subjectOf(`other ${name}`), success, policy, undefined);
  expect(a.list()).toHaveLength(10_000);
  expect(a.statusOf(subject).state).toBe('open');
  const { b } = routers();
  for (const kind of ['neutral', 'alive'] as const) b.record(subject, { kind }, policy, undefined);
  expect(b.list()).toEqual([]);
});

test('a circuit that was pushed out of memory is open all the same, and its probe closes it for all', async () => {
  const { a, b, clock } = routers();
  a.record(subject, failure, policy, undefined);
  await untilTold();
  clock.advance(10_000);
  const probe = await a.claimProbe(subject);
  for (let name = 0; name < 10_000; name++)
    a.record(subjectOf(`made up ${name}`), success, policy, undefined);
  expect(a.statusOf(subject).state).toBe('open');
  for (let name = 0; name < 10_000; name++) a.record(subjectOf(`other ${name}`), success, policy, undefined);
  a.record(subject, success, policy, probe);
  await untilTold();
  expect([a.statusOf(subject).state, b.statusOf(subject).state]).toEqual(['closed', 'closed']);
});

test("what callers' configs bring is told to nobody, and pushes out nothing of the operator's", async () => {
  const { a, b, bucket, clock } = routers();
  const unshared = { ...subject, isShared: false };
  a.record(subjectOf('gpt-4'), limited(60_000), policy, undefined);
  a.record(unshared, failure, policy, undefined);
  expect(a.statusOf(unshared).state).toBe('open');
  // Not even the same subject of the operator's own is touched by it.
  expect([a.statusOf(subject).state, b.statusOf(unshared).state]).toEqual(['closed', 'closed']);
  for (let name = 0; name < 12_000; name++) {
    a.record({ ...subjectOf(`key ${name}`), isShared: false }, limited(60_000), policy, undefined);
  }
  await untilTold();
  expect(a.statusOf(subjectOf('gpt-4')).state).toBe('cooling_down');
  expect([...bucket.entries()]).toHaveLength(1);
  expect(a.list().map(({ model }) => model)).toEqual(['gpt-4']);
  a.record(unshared, failure, policy, undefined);
  clock.advance(10_000);
  expect(await a.claimProbe(unshared)).toBeDefined();
  expect(await a.claimProbe(unshared)).toBeUndefined();
});

test('what is not well is listed, and what was asked within ten minutes', () => {
  const { a, b, clock } = routers();
  a.record(subject, success, policy, undefined);
  a.record(subjectOf('gpt-4'), limited(3_000_000), policy, undefined);
  const common = { provider: 'openai', host: 'api.openai.com', credential: '0123abcd' };
  const until = new Date(clock.nowMs() + 3_000_000).toISOString();
  const limitedRow = {
    ...common,
    model: 'gpt-4',
    state: 'cooling_down',
    until,
    reason: 'upstream_rate_limited',
  };
  expect(a.list()).toEqual([
    limitedRow,
    { ...common, model: 'gpt-5', state: 'closed', until: null, reason: null },
  ]);
  clock.advance(600_000);
  expect(a.list()).toEqual([limitedRow]);
  expect(b.list()).toEqual([limitedRow]);
});
