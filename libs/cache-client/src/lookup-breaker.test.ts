import { Fault } from '@weir/service-kit/fault';
import { FakeClock } from '@weir/testkit/fake-clock';
import { expect, test } from 'vitest';
import { LookupBreaker } from './lookup-breaker.ts';

test('where every other look-up fails most requests do not wait for one, and all is well once none does', () => {
  const clock = new FakeClock();
  const breaker = new LookupBreaker(clock);
  let asked = 0;
  const ask = (fails: boolean) => {
    clock.advance(50);
    if (!breaker.allows()) return;
    asked += 1;
    if (fails) breaker.failed(new Fault('service_unavailable'), 250);
    else breaker.succeeded();
  };
  // 50 seconds.
  for (let i = 0; i < 1_000; i++) ask(i % 2 === 0);
  expect(asked).toBeLessThan(50);
  for (let i = 0; i < 200; i++) ask(false);
  asked = 0;
  for (let i = 0; i < 100; i++) ask(i % 20 === 0);
  expect(asked).toBe(100);
});

test('where there is nobody to ask for a moment the next look-up is made all the same', () => {
  const breaker = new LookupBreaker(new FakeClock());
  for (let i = 0; i < 100; i++) breaker.failed(new Fault('service_unavailable'), 1);
  expect(breaker.allows()).toBe(true);
});
