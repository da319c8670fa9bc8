import fc from 'fast-check';
import { expect, test } from 'vitest';
import { spentAt } from './forecast.ts';

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
