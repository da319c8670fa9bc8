import { createMetrics } from '@weir/service-kit/metrics';
import type { ConsumerPosition } from '@weir/service-kit/bus/bus';
import { FakeClock } from '@weir/testkit/fake-clock';
import { eventually } from '@weir/testkit/eventually';
import { startNats, type NatsTestServer } from '@weir/testkit/servers/nats';
import { connectTestBus } from '@weir/testkit/test-bus';
import { usageStream } from '@weir/contracts/usage-events';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { StreamWatch } from '../src/ledger/stream-watch.ts';
import { attempt, openTables, publishAttempts, silent, startReplica, type Tables } from './ledger-harness.ts';

let nats: NatsTestServer;
let tables: Tables;

beforeAll(async () => {
  nats = await startNats({ config: 'open' });
});
afterAll(() => nats.close());
beforeEach(async () => {
  tables = await openTables();
});
afterEach(() => tables.close());

const healthy: ConsumerPosition = {
  streamCreatedAt: '2026-01-01T00:00:00Z',
  firstSequence: 1,
  lastSequence: 1_000,
  ackFloor: 1_000,
  pending: 0,
  bytes: 900,
  maxBytes: 1_000,
};

function watching() {
  const metrics = createMetrics('cost');
  let position = healthy;
  const bus = { consumerPosition: async () => position };
  const watch = new StreamWatch({
    bus,
    database: tables.database,
    clock: new FakeClock(),
    logger: silent,
    metrics,
  });
  return {
    watch,
    look: async (now: Partial<ConsumerPosition>) => {
      position = { ...healthy, ...now };
      await watch.look();
      const exposed = await metrics.expose();
      const read = (name: string) => Number(new RegExp(`^weir_${name}\\S* (\\S+)$`, 'm').exec(exposed)?.[1]);
      return { ratio: read('ledger_backlog_ratio'), discarded: read('ledger_discarded_messages') };
    },
  };
}

test('a stream that is full of what was read is no alarm, and one that is full of what was not is', async () => {
  const { look } = watching();
  expect(await look({})).toEqual({ ratio: 0, discarded: 0 });
  expect(await look({ pending: 500, ackFloor: 500 })).toEqual({ ratio: 0.45, discarded: 0 });
  // The floor of a consumer whose own messages are rare is far behind.
  expect(await look({ pending: 0, ackFloor: 0 })).toMatchObject({ ratio: 0 });
});

test('what is discarded before it was read is counted, also where it was while nobody looked', async () => {
  expect(await watching().look({ lastSequence: 100, ackFloor: 100 })).toEqual({ ratio: 0, discarded: 0 });
  // A replica that has started since.
  const { look } = watching();
  const full = { firstSequence: 151, lastSequence: 1_000, ackFloor: 150, pending: 850, bytes: 1_000 };
  expect(await look(full)).toEqual({ ratio: 1, discarded: 50 });
  expect(await look(full)).toMatchObject({ discarded: 50 });
  expect(await look({ ...full, firstSequence: 161, ackFloor: 160 })).toMatchObject({ discarded: 60 });
  // In another stream the numbers begin anew, and what was lost stays known.
  const another = { streamCreatedAt: '2026-02-01T00:00:00Z', lastSequence: 5, ackFloor: 5 };
  expect(await look(another)).toMatchObject({ discarded: 60 });
});

test('a stream that overflows while Postgres takes nothing is told of', async () => {
  const publisher = await connectTestBus({ url: nats.url, service: 'router' });
  await publisher.ensureStream({ ...usageStream, maxBytes: 1_048_576 });
  const first = await startReplica({ nats, tables, maxBytes: 1_048_576 });
  publishAttempts(publisher, [attempt()]);
  await eventually(async () => {
    expect(await tables.sql('select settled_sequence from ledger_positions')).not.toEqual([]);
  });
  await first.stop();
  for (let lot = 0; lot < 8; lot++) {
    publishAttempts(
      publisher,
      Array.from({ length: 1_000 }, () => attempt()),
    );
    await publisher.durablePublished();
  }
  const second = await startReplica({ nats, tables, maxBytes: 1_048_576 });
  await eventually(async () => {
    expect(await second.metrics.expose()).toMatch(
      /weir_ledger_discarded_messages\{event="usage.attempted",service="cost"\} [1-9]/,
    );
  });
  await second.stop();
  await publisher.drain();
}, 30_000);
