const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** From the first, up to and without the second: Unix times in milliseconds. */
export interface TimeSpan {
  readonly startMs: number;
  readonly endMs: number;
}

type CalendarUnit = 'day' | 'month';

/** `2026-01-31` of a day, `2026-01` of a month. */
const nameLength = { day: 10, month: 7 };

/** Longer than the longest of them, with an hour that comes twice. */
const longestMs = { day: 2 * dayMs, month: 33 * dayMs };

/** The days and months of a time zone. Those that were asked for last are remembered, so that asking again costs nothing. */
export class Calendar {
  readonly #format: Intl.DateTimeFormat;
  readonly #known: Record<CalendarUnit, TimeSpan[]> = { day: [], month: [] };

  /** Throws a RangeError where there is no such time zone. */
  constructor(timeZone: string) {
    this.#format = new Intl.DateTimeFormat('en-CA', {
      timeZone,
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
    });
  }

  /** The day or month that a time lies in. */
  spanOf(unit: CalendarUnit, atMs: number): TimeSpan {
    const known = this.#known[unit];
    const found = known.find(({ startMs, endMs }) => startMs <= atMs && atMs < endMs);
    if (found) return found;
    const name = (ms: number) => this.#format.format(ms).slice(0, nameLength[unit]);
    const current = name(atMs);
    const span = {
      startMs: firstMs(atMs - longestMs[unit], atMs, (ms) => name(ms) >= current),
      endMs: firstMs(atMs, atMs + longestMs[unit], (ms) => name(ms) > current),
    };
    known.unshift(span);
    // The current one, and its neighbours while requests that began before midnight are under way.
    known.splice(3);
    return span;
  }
}

/**
 * The first time at which it is so, where it is not at `fromMs`, is at `toMs`, and stays so in between. Found by halving,
 * since a day may begin at one o'clock, and last 23 or 25 hours.
 */
function firstMs(fromMs: number, toMs: number, isSo: (ms: number) => boolean): number {
  let [low, high] = [fromMs, toMs];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (isSo(middle)) high = middle;
    else low = middle;
  }
  return high;
}
