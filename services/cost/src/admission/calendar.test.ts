import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Calendar } from './calendar.ts';

const hourMs = 3_600_000;

/** Zones that change their clocks at midnight, by half an hour, at another hour, or never; and one that is ahead of UTC by 14 hours. */
const zones = [
  ...['UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Ho_Chi_Minh', 'Australia/Lord_Howe', 'Asia/Beirut'],
  ...['Africa/Cairo', 'America/Santiago', 'America/Asuncion', 'America/Havana', 'America/Nuuk'],
  ...['Pacific/Kiritimati', 'Pacific/Chatham', 'Asia/Kathmandu', 'Africa/Casablanca'],
];

function dateIn(timeZone: string, ms: number): string {
  const parts = new Intl.DateTimeFormat('en', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  }).formatToParts(ms);
  const part = (type: string) => parts.find((one) => one.type === type)?.value ?? '';
  return `${part('year')}-${part('month')}-${part('day')}`;
}

test('a day and a month hold every moment whose date is theirs, and no other', () => {
  const calendars = new Map(zones.map((zone) => [zone, new Calendar(zone)]));
  fc.assert(
    fc.property(
      fc.constantFrom(...zones),
      fc.constantFrom('day' as const, 'month' as const),
      fc.integer({ min: Date.UTC(2024, 0, 1), max: Date.UTC(2036, 0, 1) }),
      (zone, unit, atMs) => {
        const nameOf = (ms: number) => dateIn(zone, ms).slice(0, unit === 'day' ? 10 : 7);
        const { startMs, endMs } = calendars.get(zone)?.spanOf(unit, atMs) ?? { startMs: 0, endMs: 0 };
        expect(startMs).toBeLessThanOrEqual(atMs);
        expect(atMs).toBeLessThan(endMs);
        expect(nameOf(startMs)).toBe(nameOf(atMs));
        expect(nameOf(endMs - 1)).toBe(nameOf(atMs));
        expect(nameOf(startMs - 1)).not.toBe(nameOf(atMs));
        expect(nameOf(endMs)).not.toBe(nameOf(atMs));
      },
    ),
    { numRuns: 400 },
  );
});

test('the day on which the clocks are changed has 23 or 25 hours', () => {
  const berlin = new Calendar('Europe/Berlin');
  const hoursOf = (atMs: number) => {
    const { startMs, endMs } = berlin.spanOf('day', atMs);
    return (endMs - startMs) / hourMs;
  };
  expect(hoursOf(Date.UTC(2026, 2, 29, 12))).toBe(23);
  expect(hoursOf(Date.UTC(2026, 9, 25, 12))).toBe(25);
  expect(hoursOf(Date.UTC(2026, 9, 26, 12))).toBe(24);
});

test('where midnight is left out, the day begins at one', () => {
  // Egypt puts its clocks forward on the last Friday of April, at midnight.
  const { startMs, endMs } = new Calendar('Africa/Cairo').spanOf('day', Date.UTC(2026, 3, 24, 12));
  expect(new Date(startMs).toISOString()).toBe('2026-04-23T22:00:00.000Z');
  expect((endMs - startMs) / hourMs).toBe(23);
});

test('a time zone that is not there is told', () => {
  expect(() => new Calendar('Mars/Olympus')).toThrow(RangeError);
});
