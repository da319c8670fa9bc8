import { FakeClock } from '@weir/testkit/fake-clock';
import { expect, test } from 'vitest';
import { FullServices } from './full-services.ts';

function start(full: readonly string[]) {
  const asked: string[] = [];
  const clock = new FakeClock();
  const isFull = (service: string) => {
    asked.push(service);
    return Promise.resolve(full.includes(service));
  };
  return { asked, clock, services: new FullServices({ isFull, clock }) };
}

test('a service that is full is told from one that is not there', async () => {
  const { services } = start(['router']);
  expect(await services.faultOf('router')).toMatchObject({ code: 'overloaded', retryAfterMs: 1_000 });
  expect(await services.faultOf('guardrails')).toMatchObject({ code: 'service_unavailable' });
});

test('however many requests find nobody, discovery is asked once in a while', async () => {
  const { asked, clock, services } = start(['router']);
  await Promise.all(Array.from({ length: 100 }, () => services.faultOf('router')));
  expect(asked).toEqual(['router']);
  clock.advance(250);
  await services.faultOf('router');
  expect(asked).toEqual(['router', 'router']);
});
