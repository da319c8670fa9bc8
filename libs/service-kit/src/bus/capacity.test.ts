import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Capacity } from './capacity.ts';

function observed(max: number) {
  const events: string[] = [];
  const capacity = new Capacity({
    max,
    onFull: () => events.push('full'),
    onRoom: () => events.push('room'),
  });
  return { capacity, events };
}

test('a service that is full takes nothing more, and says so once', () => {
  const { capacity, events } = observed(2);
  expect([capacity.take(), capacity.take(), capacity.take()]).toEqual([true, true, false]);
  expect(events).toEqual(['full']);
});

test('it asks for work again only when it has some way to go to its limit', () => {
  const { capacity, events } = observed(20);
  for (let i = 0; i < 20; i++) capacity.take();
  capacity.give();
  expect(events).toEqual(['full']);
  capacity.give();
  expect(events).toEqual(['full', 'room']);
});

test('idle resolves when the last of what was begun has ended', async () => {
  const { capacity } = observed(3);
  capacity.take();
  capacity.take();
  const idle = capacity.idle();
  capacity.give();
  capacity.give();
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
          if (comes) capacity.take();
          else if (capacity.inFlight > 0) capacity.give();
          expect(capacity.inFlight).toBeLessThanOrEqual(max);
        }
        expect(events).toEqual(events.map((_, i) => (i % 2 === 0 ? 'full' : 'room')));
      },
    ),
  );
});
