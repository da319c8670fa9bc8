import { createLogger } from '@weir/service-kit/logger';
import { FakeClock } from '@weir/testkit/fake-clock';
import { expect, test } from 'vitest';
import type { VectorStore } from '../domain/vector-store.ts';
import { startVectorUpkeep } from './start-vector-upkeep.ts';

test('a vector store that is not there yet is waited for, and warned of once where it does not come', async () => {
  const clock = new FakeClock();
  const logger = createLogger({ service: 'cache', instance: 'test', level: 'silent' });
  const warnings: unknown[] = [];
  logger.warn = (...said: unknown[]) => warnings.push(said);
  let tries = 0;
  const ensure = () => {
    tries += 1;
    return Promise.reject(new Error('away'));
  };
  const stop = startVectorUpkeep({ vectors: { ensure } as unknown as VectorStore, clock, logger });
  const pass = async (seconds: number) => {
    for (let i = 0; i < seconds; i += 1) {
      await new Promise((resolve) => setImmediate(resolve));
      clock.advance(1_000);
    }
  };
  await pass(10);
  expect(tries).toBeGreaterThan(1);
  expect(warnings).toEqual([]);
  await pass(120);
  expect(warnings).toHaveLength(1);
  await stop();
});
