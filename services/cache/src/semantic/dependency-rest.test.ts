import { FakeClock } from '@weir/testkit/fake-clock';
import { expect, test } from 'vitest';
import { DependencyRest, DependencyResting } from './dependency-rest.ts';

test('what has failed five times in a row is left alone for five seconds, then asked by one', async () => {
  const clock = new FakeClock();
  const rests: unknown[] = [];
  const rest = new DependencyRest({ clock, onRest: (error) => rests.push(error) });
  let calls = 0;
  const failing = () => {
    calls += 1;
    return Promise.reject(new Error('away'));
  };
  for (let i = 0; i < 5; i += 1) await expect(rest.ask(failing)).rejects.toThrow('away');
  await expect(rest.ask(failing)).rejects.toThrow(DependencyResting);
  expect([calls, rests.length]).toEqual([5, 1]);
  clock.advance(5_000);
  const attempts = [rest.ask(failing), rest.ask(failing)];
  await expect(attempts[0]).rejects.toThrow('away');
  await expect(attempts[1]).rejects.toThrow(DependencyResting);
  clock.advance(5_000);
  expect(await rest.ask(async () => 'back')).toBe('back');
  expect(await rest.ask(async () => 'still')).toBe('still');
});

test('failures that answers come between are none in a row', async () => {
  const rest = new DependencyRest({ clock: new FakeClock(), onRest: () => undefined });
  for (let i = 0; i < 20; i += 1) {
    const asked = rest.ask(async () => {
      if (i % 5 !== 0) throw new Error('away');
    });
    await (i % 5 === 0 ? expect(asked).resolves.toBeUndefined() : expect(asked).rejects.toThrow('away'));
  }
});
