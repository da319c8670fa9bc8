import type { ProcessState } from '@weir/contracts/problems';
import { FakeClock } from '@weir/testkit/fake-clock';
import { expect, test } from 'vitest';
import type { Instance } from './bus/bus.ts';
import type { ReadinessReport } from './ops-server.ts';
import { Rotation } from './rotation.ts';

/** Instances of one service that hear of each other at once. */
function startFleet(size: number) {
  const clock = new FakeClock();
  const fleet = Array.from({ length: size }, (_, index) => {
    const own = { state: 'ready' as ProcessState };
    const bus = {
      processState: 'ready' as ProcessState,
      isInRotation: true,
      instances: (): Promise<Instance[]> =>
        Promise.resolve(
          fleet.map(({ bus: { processState } }, id) => ({ id: String(id), state: processState }) as Instance),
        ),
    };
    const report = () => Promise.resolve({ state: own.state } as ReadinessReport);
    const random = () => index / size;
    const rotation = new Rotation({
      service: 'router',
      instance: String(index),
      bus,
      readiness: { report },
      clock,
      random,
    });
    rotation.start();
    return { own, bus };
  });
  const inRotation = async () => {
    await clock.advanceAsync(3_000);
    return fleet.filter(({ bus }) => bus.isInRotation).length;
  };
  return { fleet, inRotation };
}

test('one that is starved or broken leaves its work to the others, and takes its share again when it has recovered', async () => {
  const { fleet, inRotation } = startFleet(3);
  const [first] = fleet;
  for (const state of ['starved', 'broken'] as const) {
    if (first) first.own.state = state;
    expect(await inRotation()).toBe(2);
    expect(first?.bus).toMatchObject({ isInRotation: false, processState: state });
    if (first) first.own.state = 'ready';
    expect(await inRotation()).toBe(3);
  }
});

test('however many are starved, and in whatever order, somebody takes requests', async () => {
  const { fleet, inRotation } = startFleet(3);
  for (const { own } of fleet) {
    own.state = 'starved';
    expect(await inRotation()).toBeGreaterThan(0);
  }
  expect(await inRotation()).toBe(3);
  for (const { own } of fleet) own.state = 'ready';
  await inRotation();
  for (const { own } of fleet) own.state = 'starved';
  expect(await inRotation()).toBe(3);
});

test('one that is full stays: it refuses quickly, and others may be as full', async () => {
  const { fleet, inRotation } = startFleet(2);
  for (const { own } of fleet) own.state = 'full';
  expect(await inRotation()).toBe(2);
});
