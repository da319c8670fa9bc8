import { setImmediate as nextTurn } from 'node:timers/promises';
import { attemptMade, usageStream } from '@weir/contracts/usage-events';
import { startNats } from '@weir/testkit/servers/nats';
import { connectTestBus } from '@weir/testkit/test-bus';
import type { Measure } from '../report.ts';

/** A lot stays below what the queue of unacknowledged events holds. */
const lots = 6;
const eventsPerLot = 8_000;
const events = lots * eventsPerLot;
/** Published in each turn of the event loop, as by so many requests in flight. */
const eventsPerTurn = 64;

const usage = {
  uncachedInputTokens: 12,
  cacheReadTokens: 0,
  cacheWrite5mTokens: 0,
  cacheWrite1hTokens: 0,
  audioInputTokens: 0,
  imageInputTokens: 0,
  outputTokens: 20,
  reasoningTokens: 0,
  audioOutputTokens: 0,
  webSearchRequests: 0,
  modelServed: 'gpt-5-mini',
  source: 'provider' as const,
};

/** What a usage event costs the process that tells it, and how many one process can take from JetStream and parse. */
export async function measureEvents(): Promise<Measure[]> {
  const nats = await startNats({ config: 'open' });
  const publishUs = await publishAll(nats.urlFor('router'));
  const consumedPerS = await consumeAll(nats.urlFor('router'));
  await nats.close();
  return [
    { name: 'events.publish_us', value: publishUs, unit: 'us', better: 'lower' },
    { name: 'events.consumed_per_s', value: consumedPerS, unit: '/s', better: 'higher' },
  ];
}

/** CPU of this process for each event, from the data to JetStream's acknowledgement. */
async function publishAll(url: string): Promise<number> {
  const before = process.cpuUsage();
  for (let lot = 0; lot < lots; lot++) {
    const bus = await connectTestBus({ url, service: 'router', drainTimeoutMs: 60_000 });
    await bus.ensureStream({ ...usageStream, maxBytes: 1024 ** 3 });
    for (let index = lot * eventsPerLot; index < (lot + 1) * eventsPerLot; index++) {
      bus.publishDurable(attemptMade, attempt(index), `bench-${index}`);
      if (index % eventsPerTurn === 0) await nextTurn();
    }
    await bus.drain();
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / events;
}

async function consumeAll(url: string): Promise<number> {
  const bus = await connectTestBus({ url, service: 'cost' });
  const all = Promise.withResolvers<undefined>();
  let consumed = 0;
  const startedAtMs = performance.now();
  bus.consume(attemptMade, async (batch) => {
    consumed += batch.length;
    if (consumed >= events) all.resolve(undefined);
  });
  await all.promise;
  const elapsedMs = performance.now() - startedAtMs;
  await bus.drain();
  return (events / elapsedMs) * 1_000;
}

const attempt = (index: number) => ({
  requestId: `01990000-0000-7000-8000-${index.toString().padStart(12, '0')}`,
  attempt: 1,
  tenant: 'default',
  startedAtMs: 1_790_000_000_000,
  latencyMs: 12.5,
  provider: 'openai',
  model: 'gpt-5-mini',
  modelAsked: 'gpt-5-mini',
  credential: 'a1b2c3d4',
  purpose: 'first' as const,
  outcome: 'ok',
  maybeBilled: true,
  streamed: false,
  usage,
});
