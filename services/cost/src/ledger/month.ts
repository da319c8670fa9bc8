/** A calendar month in UTC, `2026-11`: in this form the order of texts is that of time, up to the year 9999. */
export type Month = string;

/** Later times are mistakes, and are entered as this one: beyond it neither texts nor drivers agree on what a date is. */
export const latestMs = Date.UTC(9999, 11, 31);

export function monthOf(timeMs: number): Month {
  return new Date(Math.min(timeMs, latestMs)).toISOString().slice(0, 7);
}

/** The month that is so many after (or, below zero, before) this one. */
export function monthAfter(month: Month, count: number): Month {
  return monthOf(Date.UTC(Number(month.slice(0, 4)), Number(month.slice(5)) - 1 + count));
}

/** From the first to the last, both included. */
export function monthsBetween(first: Month, last: Month): Month[] {
  const months: Month[] = [];
  for (let month = first; month <= last; month = monthAfter(month, 1)) months.push(month);
  return months;
}
