import { FakeClock } from '@weir/testkit/fake-clock';
import { createTestProblems } from '@weir/testkit/test-bus';
import { expect, test } from 'vitest';
import { ProcessReadiness } from './process-readiness.ts';

function start() {
  const clock = new FakeClock();
  const problems = createTestProblems();
  const eventLoop = { isStarved: false };
  const readiness = new ProcessReadiness({ clock, problems, eventLoop });
  const bus = {
    missing: [] as string[],
    unreadable: {},
    state: 'ready' as 'ready' | 'full',
    isInRotation: true,
  };
  const run = (missing: () => Promise<string[]>) => {
    readiness.bus = bus;
    readiness.service = { missing };
  };
  return { bus, clock, eventLoop, problems, readiness, run };
}

test('full, starved and broken are told apart, and only what is broken is taken out without regard to the others', async () => {
  const { bus, eventLoop, problems, readiness, run } = start();
  expect(await readiness.report()).toMatchObject({ ready: false, state: 'starting' });
  run(() => Promise.resolve([]));
  expect(await readiness.report()).toMatchObject({ ready: true, state: 'ready' });
  bus.state = 'full';
  expect(await readiness.report()).toMatchObject({ ready: true, state: 'full' });
  eventLoop.isStarved = true;
  expect(await readiness.report()).toMatchObject({ ready: true, state: 'starved' });
  bus.isInRotation = false;
  expect(await readiness.report()).toMatchObject({ ready: false, state: 'starved' });
  eventLoop.isStarved = false;
  problems.report('sockets', {
    code: 'resource_exhausted',
    message: 'no file descriptor is left',
    blocks: false,
  });
  expect(await readiness.report()).toMatchObject({ ready: false, state: 'starved' });
  bus.missing = ['a connection to NATS'];
  expect(await readiness.report()).toMatchObject({ ready: false, state: 'broken' });
  readiness.isStopping = true;
  expect(await readiness.report()).toMatchObject({
    ready: false,
    state: 'stopping',
    missing: ['it is stopping'],
  });
});

test('a flood of questions asks the service once, and what hangs holds nobody up', async () => {
  const { clock, readiness, run } = start();
  let asked = 0;
  let answer = (): Promise<string[]> => Promise.resolve([]);
  run(() => {
    asked++;
    return answer();
  });
  await Promise.all(Array.from({ length: 100 }, () => readiness.report()));
  await readiness.report();
  expect(asked).toBe(1);

  answer = () => new Promise(() => undefined);
  const reported = async (ms: number) => {
    await clock.advanceAsync(ms);
    const report = readiness.report();
    await clock.advanceAsync(700);
    return report;
  };
  // What it said last counts for a while.
  expect(await reported(1_000)).toMatchObject({ ready: true });
  expect(await reported(5_000)).toMatchObject({
    ready: false,
    state: 'broken',
    missing: ['an answer of its own about what it lacks'],
  });
  expect(asked).toBe(2);
});
