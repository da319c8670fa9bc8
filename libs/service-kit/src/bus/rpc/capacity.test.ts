import { expect, test } from 'vitest';
import { Capacity } from './capacity.ts';

function observed(maxInFlight: number) {
  const events: string[] = [];
  const capacity = new Capacity({
    maxInFlight,
    onLeave: (share) => events.push(`leaves ${share}`),
    onJoin: (share) => events.push(`joins ${share}`),
  });
  return { capacity, events };
}

test('a process that is full of work still answers its operators', () => {
  const { capacity, events } = observed(2);
  const work = capacity.limitOf('work');
  expect([work.acquire(), work.acquire(), work.acquire()]).toEqual([true, true, false]);
  expect(capacity.limitOf('operations').acquire()).toBe(true);
  expect(capacity).toMatchObject({ isFull: true, inFlight: 3 });
  expect(events).toEqual(['leaves work']);
});

test('operators do not take the place of work', () => {
  const { capacity, events } = observed(2);
  const operations = capacity.limitOf('operations');
  let taken = 0;
  while (operations.acquire()) taken++;
  expect(taken).toBe(32);
  expect(events).toEqual(['leaves operations']);
  expect(capacity.limitOf('work').acquire()).toBe(true);
  expect(capacity.isFull).toBe(false);
});

test('work is taken again when the last reason to take none has gone', () => {
  const { capacity, events } = observed(1);
  const work = capacity.limitOf('work');
  work.acquire();
  capacity.withhold('shortage');
  work.release();
  expect(events).toEqual(['leaves work']);
  capacity.restore('shortage');
  capacity.restore('shortage');
  expect(events).toEqual(['leaves work', 'joins work']);
});
