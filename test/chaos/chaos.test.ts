import { afterAll, beforeAll, expect, test } from 'vitest';
import { rows } from './rows/catalogue.ts';
import { runRow } from './run-row.ts';
import { Stand } from './stand.ts';

/** The fast half of `npm run chaos`: rows that one gateway goes through one after the other, for shorter times. */
const quickRows = [
  { name: 'router.hung', harmMs: 4_000 },
  { name: 'router.descriptors', harmMs: 3_000 },
  { name: 'nats.paused', harmMs: 1_000 },
  { name: 'permission.ingress-publish', harmMs: 2_000 },
];

let stand: Stand;
beforeAll(async () => {
  stand = await Stand.start();
});
afterAll(async () => {
  await stand.close();
});

test.each(quickRows)('$name: what the page of operations says of it holds', async ({ name, harmMs }) => {
  const row = rows.find((each) => each.name === name);
  if (!row || 'start' in row) throw new Error(`there is no such row: ${name}`);
  const { problems } = await runRow(row, stand, { harmMs, slack: 0.05 });
  expect(problems).toEqual([]);
});
