import type { ConsumerInfo } from '@nats-io/jetstream';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { ConsumerMonitor } from './consumer-monitor.ts';

interface State {
  pending?: number;
  ackPending?: number;
  ackFloor?: number;
}

/** A monitor whose time and whose consumer are the test. */
function setUp({ maxPending = 100, maxStalledMs = 60_000 } = {}) {
  let nowMs = 0;
  let state: State | undefined = {};
  const lines: string[] = [];
  const write = (line: string) => lines.push((JSON.parse(line) as { msg: string }).msg);
  const logger = pino({ level: 'info' }, { write });
  const monitor = new ConsumerMonitor({
    event: 'usage.tried',
    maxPending,
    maxStalledMs,
    clock: { nowMs: () => nowMs, every: () => () => undefined, after: () => () => undefined },
    logger,
    readInfo: async () =>
      state &&
      ({
        num_pending: state.pending ?? 0,
        num_ack_pending: state.ackPending ?? 0,
        ack_floor: { consumer_seq: state.ackFloor ?? 0 },
      } as ConsumerInfo),
  });
  return {
    monitor,
    lines,
    /** This much later the consumer is so; undefined stands for a JetStream that does not answer. */
    later: async (ms: number, next: State | undefined) => {
      nowMs += ms;
      state = next;
      await monitor.check();
    },
  };
}

test('a consumer with more than it may have lags until half of it is left, and it is said once', async () => {
  const { monitor, lines, later } = setUp();
  await later(5_000, { pending: 90, ackPending: 10 });
  expect(monitor.isLagging).toBe(false);
  await later(5_000, { pending: 101, ackFloor: 1 });
  await later(5_000, { pending: 60, ackFloor: 2 });
  expect(monitor.isLagging).toBe(true);
  expect(monitor.pending).toBe(60);
  await later(5_000, { pending: 50, ackFloor: 3 });
  expect(monitor.isLagging).toBe(false);
  expect(lines).toEqual([
    'a consumer of durable events lags behind',
    'a consumer of durable events has caught up',
  ]);
});

test('a consumer stands still when messages wait and nobody acknowledges one', async () => {
  const { monitor, lines, later } = setUp();
  await later(5_000, { pending: 1 });
  await later(60_000, { pending: 1 });
  expect(monitor.isLagging).toBe(true);
  expect(monitor.stalledMs).toBe(65_000);
  // Another replica goes on.
  await later(5_000, { pending: 1, ackFloor: 7 });
  expect(monitor.stalledMs).toBe(0);
  expect(lines).toEqual([
    'a consumer of durable events stands still',
    'a consumer of durable events has caught up',
  ]);
});

test('one that has nothing to do never stands still, and one that works does not either', async () => {
  const { monitor, later } = setUp();
  await later(600_000, {});
  expect(monitor.stalledMs).toBe(0);
  await later(50_000, { ackPending: 5 });
  monitor.progress();
  await later(50_000, { ackPending: 5 });
  expect(monitor.isLagging).toBe(false);
});

test('while JetStream does not answer, time goes on', async () => {
  const { monitor, later } = setUp();
  await later(5_000, { pending: 1 });
  await later(70_000, undefined);
  expect(monitor.isLagging).toBe(true);
});
