import fc from 'fast-check';
import { readForecast } from '@weir/contracts/admin/reports';
import { scopeLimitsSchema } from '@weir/contracts/cost/limits';
import { testEnvelope } from '@weir/testkit/envelope';
import { FakeClock } from '@weir/testkit/fake-clock';
import { expect, test } from 'vitest';
import { createReadForecast, spentAt } from './forecast.ts';

const hourMs = 3_600_000;
const nowMs = Date.parse('2026-11-28T10:30:00Z');
const resetAtMs = Date.parse('2026-12-01T00:00:00Z');

test.each([
  ['half of it in a day lasts as long again', { room: 50, used: 50 }, '2026-11-29T10:00:00.000Z'],
  ['what is used up already is so now', { room: 0, used: 50 }, '2026-11-28T10:30:00.000Z'],
  ['overrun is so now', { room: -3, used: 0 }, '2026-11-28T10:30:00.000Z'],
  ['nothing used is never', { room: 50, used: 0 }, null],
  ['corrections alone are never', { room: 50, used: -1 }, null],
  ['later than its window is never', { room: 500, used: 50 }, null],
])('%s', (_, amounts, expected) => {
  expect(spentAt({ hours: 24, nowMs, resetAtMs, ...amounts })).toBe(expected);
});

test('a limit in all is used up in this century or never', () => {
  expect(spentAt({ hours: 24, nowMs, resetAtMs: undefined, room: 1e15, used: 1 })).toBeNull();
});

test('it is never before now by more than the hour, never after the window, and sooner the faster it goes', () => {
  const amount = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
  fc.assert(
    fc.property(amount, amount, amount, (room, used, more) => {
      const at = (pace: number) => {
        const text = spentAt({ hours: 168, nowMs, resetAtMs, room, used: pace });
        return text === null ? Infinity : Date.parse(text);
      };
      const [slow, fast] = [Math.min(used, more), Math.max(used, more)].map(at) as [number, number];
      expect(fast).toBeLessThanOrEqual(slow);
      expect(fast).toBeGreaterThan(nowMs - hourMs);
      if (slow !== Infinity) expect(slow).toBeLessThan(resetAtMs);
    }),
  );
});

test('sums of the ledger are read a few at a time, and once for limits of the same unit and models', async () => {
  const windows = ['day', 'month', 'total'];
  const models = ['*', 'gpt-5*', 'o3', 'claude-*', 'mistral-*'];
  const found = scopeLimitsSchema.parse({
    scope: { kind: 'key', id: 'abcd1234' },
    limits: windows.flatMap((window) => models.map((model) => ({ unit: 'usd', limit: '1', window, model }))),
    revision: 1,
  });
  let [reads, underWay, most] = [0, 0, 0];
  const handler = createReadForecast({
    clock: new FakeClock(nowMs),
    limitsOf: () => found,
    readUsage: async ({ limits }) =>
      limits.map(({ model }) => ({
        ...{ scope: 'key/abcd1234', unit: 'usd', model, limit: '1', used: '0', held: '0', remaining: '1' },
      })),
    spent: {
      read: async () => {
        reads++;
        most = Math.max(most, ++underWay);
        await Promise.resolve();
        underWay--;
        return { throughSequence: 1, streamCreatedAt: 'now', used: new Map([[0, 500_000_000]]) };
      },
    },
  });
  const data = readForecast.request.parse({ scope: 'key/abcd1234' });
  const envelope = { ...testEnvelope(), actor: { id: 'admin001', address: '192.0.2.1', sealingKey: 'X' } };
  const forecast = await handler({ data, envelope, signal: new AbortController().signal });
  expect(forecast.data).toHaveLength(15);
  expect(forecast.data[14]?.paces[0]).toMatchObject({ hours: 24, used: '0.5' });
  expect([reads, most]).toEqual([10, 4]);
});
