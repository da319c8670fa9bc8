import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ConcurrencyLimit } from './concurrency-limit.ts';

function observed(max: number) {
  const events: string[] = [];
  const capacity = new ConcurrencyLimit({
    max,
    onFull: () => events.push('full'),
    onRoom: () => events.push('room'),
  });
  return { capacity, events };
}

test('a service that is full takes nothing more, and says so once', () => {
  const { capacity, events } = observed(2);
  expect([capacity.acquire(), capacity.acquire(), capacity.acquire()]).toEqual([true, true, false]);
  expect(events).toEqual(['full']);
});

test('it asks for work again only when it has some way to go to its limit', () => {
  const { capacity, events } = observed(20);
  for (let i = 0; i < 20; i++) capacity.acquire();
  capacity.release();
  expect(events).toEqual(['full']);
  capacity.release();
  expect(events).toEqual(['full', 'room']);
});

test('idle resolves when the last of what was begun has ended', async () => {
  const { capacity } = observed(3);
  capacity.acquire();
  capacity.acquire();
  const idle = capacity.idle();
  capacity.release();
  capacity.release();
  await idle;
  await capacity.idle();
});

test('in whatever order work comes and goes: never more than the limit, and full and room take turns', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 10 }),
      fc.array(fc.boolean(), { maxLength: 200 }),
      (max, comings) => {
        const { capacity, events } = observed(max);
        for (const comes of comings) {
          if (comes) capacity.acquire();
          else if (capacity.inFlight > 0) capacity.release();
          expect(capacity.inFlight).toBeLessThanOrEqual(max);
        }
        expect(events).toEqual(events.map((_, i) => (i % 2 === 0 ? 'full' : 'room')));
      },
    ),
  );
});
