import type { Limit, LimitUnit, Scope } from '@weir/contracts/cost/limits';
import type { Calendar } from './calendar.ts';

const minuteMs = 60_000;
const dayMs = 86_400_000;

/** A rolling window is the sum of so many full parts of it, and of the one that has begun. */
const rollingParts = 12;

/** In what time usage is added up. Requests that are under way at once are counted in none. */
export type CounterWindow =
  | { readonly kind: 'none' }
  | { readonly kind: 'total' }
  | { readonly kind: 'day' | 'month'; readonly calendar: Calendar }
  | { readonly kind: 'rolling'; readonly windowMs: number; readonly partMs: number };

/** What is added up together. Limits that differ in their amount alone have the same. */
export interface Counter {
  /** Of a hash in Redis, without the epoch. */
  readonly key: string;
  /** Of one end user where the limit is each end user's. */
  readonly scope: Scope;
  readonly unit: LimitUnit;
  /** The pattern of models. */
  readonly model: string;
  readonly window: CounterWindow;
}

/**
 * Where in a counter's hash an attempt is counted. `u<index>` has what is used: of a calendar window, whose index is its start;
 * of each part of a rolling one; and of all time, which is 0.
 */
export interface CounterPlace {
  /** What the fields of the window's hold and seed end with: its index, and nothing for a rolling one. */
  readonly suffix: string;
  /** The indexes whose sum counts now. */
  readonly from: number;
  readonly to: number;
  /** Where the attempt's usage is added. */
  readonly index: number;
  /** Indexes below it are of no use any more. */
  readonly keepFrom: number;
  /** How long the counter is kept after it was last reserved from. */
  readonly ttlMs: number;
  /** Unix times in milliseconds: the window as far as it has a beginning and an end of its own. */
  readonly startMs: number;
  readonly endMs: number | undefined;
}

const whole = { suffix: '0', from: 0, to: 0, index: 0, keepFrom: 0, startMs: 0, endMs: undefined };

/**
 * How long a counter of an end user is kept, of whom there are as many as callers name: longer than any request goes on. Then it is read
 * from the ledger again.
 */
const endUserTtlMs = dayMs / 4;

/** @param nowMs By this process's clock: what began later, by a router's, began now. */
export function placeOf(
  { scope, window }: Pick<Counter, 'scope' | 'window'>,
  startedAtMs: number,
  nowMs: number,
): CounterPlace {
  const place = placeIn(window, startedAtMs, nowMs);
  return scope.kind === 'end_user' ? { ...place, ttlMs: Math.min(place.ttlMs, endUserTtlMs) } : place;
}

function placeIn(window: CounterWindow, startedAtMs: number, nowMs: number): CounterPlace {
  switch (window.kind) {
    case 'none':
      return { ...whole, to: -1, ttlMs: 3 * dayMs };
    case 'total':
      return { ...whole, ttlMs: 35 * dayMs };
    case 'day':
    case 'month': {
      const { kind, calendar } = window;
      const { startMs, endMs } = calendar.spanOf(kind, startedAtMs);
      // Attempts that began before midnight are still counted where they began.
      const keepFrom = calendar.spanOf(kind, startMs - 1).startMs;
      const ttlMs = kind === 'day' ? 3 * dayMs : 35 * dayMs;
      return {
        suffix: String(startMs),
        from: startMs,
        to: startMs,
        index: startMs,
        keepFrom,
        ttlMs,
        startMs,
        endMs,
      };
    }
    case 'rolling': {
      const { windowMs, partMs } = window;
      const now = Math.floor(nowMs / partMs);
      const from = now - rollingParts;
      return {
        suffix: '',
        from,
        // Another replica's clock may be a little ahead.
        to: now + 1,
        index: Math.floor(Math.min(startedAtMs, nowMs) / partMs),
        keepFrom: from,
        ttlMs: windowMs + 3 * dayMs,
        startMs: nowMs - windowMs,
        endMs: undefined,
      };
    }
  }
}

/** When what is used in a part of a rolling window counts no longer. */
export function partEndMs(index: number, partMs: number): number {
  return (index + rollingParts + 1) * partMs;
}

/** The windows of a limit; `calendar` is that of whose days and months they are. */
export function windowOf(limit: Limit, calendar: Calendar): CounterWindow {
  if (limit.unit === 'parallel_requests') return { kind: 'none' };
  switch (limit.window) {
    case 'total':
      return { kind: 'total' };
    case 'day':
    case 'month':
      return { kind: limit.window, calendar };
    case 'minute':
      return rolling(minuteMs);
    case 'rolling':
      return rolling((limit.rolling_seconds ?? 60) * 1_000);
  }
}

function rolling(windowMs: number): CounterWindow {
  return { kind: 'rolling', windowMs, partMs: Math.ceil(windowMs / rollingParts) };
}
