import { holdLifetimeMs, holdRenewalMs, type Hold } from '@weir/contracts/cost/admission';
import type { Bus } from '@weir/service-kit/bus/bus';
import { createLogger } from '@weir/service-kit/logger';
import { FakeClock } from '@weir/testkit/fake-clock';
import { expect, test } from 'vitest';
import { FakeCost } from '../../test/fake-cost.ts';
import { HeldAttempts } from './held-attempts.ts';

const logger = createLogger({ service: 'router', instance: 'test', level: 'silent' });

const holdOf = (id: string): Hold => ({
  id,
  startedAtMs: 1,
  attribution: { organisation: 'default' },
  provider: 'one',
  model: 'm',
  amountNanoUsd: 5,
  tokens: 1,
  isFirst: true,
});

function start(bus: Pick<Bus, 'publish' | 'connected'>) {
  const clock = new FakeClock();
  return { clock, held: new HeldAttempts({ bus, clock, logger }) };
}

test('what is under way is told every five seconds, whole, and what is over no more', () => {
  const cost = new FakeCost();
  const { clock, held } = start(cost.bus);
  held.add(holdOf('a'));
  held.add(holdOf('b'));
  clock.advance(holdRenewalMs);
  held.delete('a');
  held.update({ ...holdOf('a'), amountNanoUsd: 9 });
  held.update({ ...holdOf('b'), amountNanoUsd: 9 });
  clock.advance(holdRenewalMs);
  held.delete('b');
  clock.advance(holdRenewalMs);
  expect(cost.renewed).toEqual([[holdOf('a'), holdOf('b')], [{ ...holdOf('b'), amountNanoUsd: 9 }]]);
});

test('in messages of 200 at most', () => {
  const cost = new FakeCost();
  const { clock, held } = start(cost.bus);
  for (let i = 0; i < 450; i++) held.add(holdOf(String(i)));
  clock.advance(holdRenewalMs);
  expect(cost.renewed.map(({ length }) => length)).toEqual([200, 200, 50]);
});

test('nothing is told without a bus, or after the end, and nothing fails', () => {
  const published: unknown[] = [];
  const publish = () => {
    published.push(1);
    throw new Error('no bus');
  };
  const { clock, held } = start({ connected: false, publish });
  held.add(holdOf('a'));
  clock.advance(holdRenewalMs);
  expect(published).toEqual([]);
  const failing = start({ connected: true, publish });
  failing.held.add(holdOf('a'));
  failing.clock.advance(holdRenewalMs);
  expect(published).toEqual([1]);
  failing.held.stop();
  failing.clock.advance(holdRenewalMs);
  expect(published).toEqual([1]);
});

test('a hold that was not made use of is released at once, or once there is a connection again', () => {
  const cost = new FakeCost();
  const bus = { ...cost.bus, connected: true };
  const { clock, held } = start(bus);
  held.release('a:1');
  expect(cost.released).toEqual(['a:1']);
  bus.connected = false;
  for (let i = 0; i < 300; i++) held.release(`b:${i}`);
  clock.advance(10 * holdLifetimeMs);
  expect(cost.released).toHaveLength(1);
  bus.connected = true;
  clock.advance(holdRenewalMs);
  clock.advance(holdRenewalMs);
  expect(cost.released).toHaveLength(301);
});
