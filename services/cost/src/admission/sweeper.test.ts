import { setImmediate as nextTurn } from 'node:timers/promises';
import { createLogger } from '@weir/service-kit/logger';
import { createMetrics } from '@weir/service-kit/metrics';
import { FakeClock } from '@weir/testkit/fake-clock';
import { expect, test } from 'vitest';
import { adjustmentOf } from './stored-holds.ts';
import { Sweeper } from './sweeper.ts';

const charge = adjustmentOf(
  {
    id: '01a22243-5832-7457-b8a2-1b82b9345664:1',
    startedAtMs: 0,
    attribution: { organisation: 'default', keyId: 'abcd1234' },
    provider: 'openai',
    model: 'gpt-5-mini',
    amountNanoUsd: 1,
    tokens: 1,
    isFirst: true,
  },
  'expired',
);

/** A sweeper whose outbox has one charge; `stored` is when the stream has what was published. */
function sweeperWith(stored: () => Promise<undefined>) {
  const clock = new FakeClock();
  const published: string[] = [];
  const cleared: unknown[] = [];
  const outbox: Record<string, () => unknown> = {
    'take turn': () => 'OK',
    'count holds': () => 0,
    'read outbox': () => ['0', ['one', JSON.stringify(charge)]],
    'clear outbox': () => cleared.push('one'),
  };
  const sweeper = new Sweeper({
    redis: { run: (name: string) => Promise.resolve(outbox[name]?.()) } as never,
    bus: {
      publishDurable: (_event, _data, id) => published.push(id),
      durablePublished: stored,
    },
    epoch: { isKnown: true, isCarried: true, refresh: () => Promise.resolve() } as never,
    expiry: { chargeExpired: () => Promise.resolve() },
    carryOver: () => Promise.resolve(),
    isKnown: () => true,
    clock,
    logger: createLogger({ service: 'cost', instance: 'test', level: 'silent' }),
    metrics: createMetrics('cost'),
  });
  const round = async () => {
    const swept = sweeper.sweep().then(() => 'swept');
    while ((await Promise.race([swept, nextTurn('waiting')])) === 'waiting') clock.advance(500);
  };
  return { published, cleared, round };
}

test('while JetStream is away a charge waits to be stored, and is not published again each second', async () => {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const { published, cleared, round } = sweeperWith(() => promise);
  for (let i = 0; i < 5; i++) await round();
  expect([published, cleared]).toEqual([['one'], []]);
  resolve(undefined);
  await round();
  expect([published, cleared]).toEqual([['one'], ['one']]);
});

test('a charge that was lost on its way is published again', async () => {
  let isLost = true;
  const { published, cleared, round } = sweeperWith(() =>
    isLost ? Promise.reject(new Error('lost')) : Promise.resolve(undefined),
  );
  await round();
  isLost = false;
  await round();
  expect([published, cleared]).toEqual([['one', 'one'], ['one']]);
});
