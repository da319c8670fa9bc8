import { setImmediate } from 'node:timers/promises';
import { listBudgets } from '@weir/contracts/admin/budgets';
import { testEnvelope } from '@weir/testkit/envelope';
import { expect, test } from 'vitest';
import { createListBudgets } from './list-budgets.ts';

const rowOf = (index: number) => ({
  ...{
    key: `key.k${index}`,
    kind: 'key',
    id: `k${index}`,
    organisation_id: 'acme',
    contact: null,
    webhooks: [],
  },
  limits: [{ unit: 'usd', limit: '1', window: 'day', model: '*', hard: true }],
  ...{ revision: 1, created_at: new Date(0), updated_at: new Date(0), place: index + 1 },
});

test('a long list reads the usage of a few budgets at a time, and lets other work in between', async () => {
  let [underWay, most, turns] = [0, 0, 0];
  const handler = createListBudgets({
    database: {
      query: async () => ({ rows: Array.from({ length: 100 }, (_, index) => rowOf(index)), rowCount: 100 }),
    },
    readUsage: async () => {
      most = Math.max(most, ++underWay);
      await Promise.resolve();
      underWay--;
      return [{ unit: 'usd', limit: '1', used: '0', held: '0', remaining: '1' }] as never;
    },
  });
  const isListed = { yet: false };
  const counting = (async () => {
    while (!isListed.yet) {
      await setImmediate();
      turns++;
    }
  })();
  const data = listBudgets.request.parse({ limit: 500 });
  const actor = { id: 'admin001', address: '192.0.2.1', sealingKey: 'X' };
  const envelope = { ...testEnvelope(), actor };
  const listed = await handler({ data, envelope, signal: new AbortController().signal });
  isListed.yet = true;
  await counting;
  expect(listed.data.map(({ id }) => id)).toEqual(Array.from({ length: 100 }, (_, index) => `k${index}`));
  expect(most).toBe(8);
  expect(turns).toBeGreaterThanOrEqual(12);
});
