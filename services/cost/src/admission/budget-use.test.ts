import type { Metrics } from '@weir/service-kit/metrics';
import { FakeClock } from '@weir/testkit/fake-clock';
import { expect, test } from 'vitest';
import { BudgetUse } from './budget-use.ts';
import type { CounterState } from './limit-state.ts';

const stateOf = (kind: string, used: number, amounts: readonly number[]): CounterState => {
  const counter = {
    counter: { scope: { kind }, unit: 'usd' },
    limits: amounts.map((amount) => ({ amount })),
  };
  return { counter, reading: { used, held: 0 } } as unknown as CounterState;
};

test('the highest share of the limits of a kind is told, for a minute or two', () => {
  const clock = new FakeClock();
  let read: () => unknown = () => undefined;
  const gaugeBy = (_described: unknown, values: () => unknown) => {
    read = values;
  };
  const use = new BudgetUse({ clock, metrics: { gaugeBy } as unknown as Metrics });
  use.observe([stateOf('key', 30, [100, 60]), stateOf('key', 10, [100]), stateOf('team', 0, [100])]);
  const told = [
    [{ scope: 'key', unit: 'usd' }, 0.5],
    [{ scope: 'team', unit: 'usd' }, 0],
  ];
  expect(read()).toEqual(told);
  clock.advance(60_000);
  expect(read()).toEqual(told);
  clock.advance(60_000);
  expect(read()).toEqual([]);
});
