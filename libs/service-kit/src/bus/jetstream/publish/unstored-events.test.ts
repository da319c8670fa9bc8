import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Fault } from '../../../fault.ts';
import { UnstoredEvents } from './unstored-events.ts';

const eventOf = (id: string) => ({ id, subject: 'weir.v1.test.tried', json: '{}', atMs: 0 });

function setUp() {
  const clock = { now: 0, nowMs: () => clock.now };
  const unstored = new UnstoredEvents(clock);
  const add = (id: string) => {
    const event = eventOf(id);
    unstored.add(event);
    return event;
  };
  /** What has become of a wait so far. */
  const wait = () => {
    const outcome = { state: 'waits' };
    unstored.allStored().then(
      () => (outcome.state = 'stored'),
      (fault: unknown) => (outcome.state = Fault.from(fault).code),
    );
    return outcome;
  };
  return { clock, unstored, add, wait };
}

/** Promises that are settled have told so. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

test('who waits does so for what was published by then, and for nothing after it', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat({ max: 9 }), { maxLength: 40 }), async (steps) => {
      const { unstored, add, wait } = setUp();
      const there: ReturnType<typeof add>[] = [];
      const waits: { outcome: { state: string }; for: ReturnType<typeof add>[] }[] = [];
      for (const [i, step] of steps.entries()) {
        if (step < 5) there.push(add(String(i)));
        else if (step < 7) waits.push({ outcome: wait(), for: [...there] });
        // In whatever order they are acknowledged.
        else unstored.stored(there.splice(step - 7, 1));
        await settle();
        for (const { outcome, for: awaited } of waits)
          expect(outcome.state).toBe(awaited.some((event) => there.includes(event)) ? 'waits' : 'stored');
      }
      expect(unstored.count).toBe(there.length);
    }),
    { numRuns: 50 },
  );
});

test('a loss is told to those who wait for the lost event, and to all who ask within a minute', async () => {
  const { clock, unstored, add, wait } = setUp();
  const first = add('first');
  const early = wait();
  const lost = add('second');
  const late = wait();
  unstored.lost(lost);
  await settle();
  expect([early.state, late.state]).toEqual(['waits', 'service_unavailable']);
  unstored.stored([first]);
  clock.now = 59_999;
  const soon = wait();
  clock.now = 60_000;
  const later = wait();
  await settle();
  expect([early.state, soon.state, later.state]).toEqual(['stored', 'service_unavailable', 'stored']);
});

test('one that was refused before it was taken is lost to who asks next, and to nobody who waits already', async () => {
  const { unstored, add, wait } = setUp();
  const event = add('taken');
  const before = wait();
  unstored.lost(eventOf('refused'));
  const after = wait();
  unstored.stored([event]);
  await settle();
  expect([before.state, after.state]).toEqual(['stored', 'service_unavailable']);
});

test('nobody waits for a bus that has stopped', async () => {
  const { unstored, add, wait } = setUp();
  const before = wait();
  add('one');
  const waiting = wait();
  unstored.abandon();
  const after = wait();
  await settle();
  expect([before.state, waiting.state, after.state]).toEqual([
    'stored',
    'bus_disconnected',
    'bus_disconnected',
  ]);
});
