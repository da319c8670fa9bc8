import { type Limit, type ScopeLimits, scopeText } from '@weir/contracts/cost/limits';
import { toNanoUsd } from '@weir/pricing/money';
import { waitUnlessAborted, type Clock } from '@weir/service-kit/clock';
import type { LimitUsage, ReadUsage } from '../domain/limit-usage.ts';
import type { SpentSource } from '../domain/spent-source.ts';

export interface CounterCheckParts {
  readonly clock: Clock;
  readonly readUsage: ReadUsage;
  readonly spent: SpentSource;
  /** Up to where the stream of usage has been counted into limits: 0 where that is not known. */
  readonly countedThrough: () => Promise<number>;
}

/** A counter that is not what the ledger says. */
export interface CounterDrift {
  readonly scopeLimits: ScopeLimits;
  readonly limit: Limit;
  readonly scope: string;
  /** How much more the counter has, in nano-USD, requests or tokens. */
  readonly surplus: number;
}

/** So often a counter has to be wrong in the same direction, with so much time between: what is on its way arrives before. */
const observations = { count: 3, pauseMs: 5_000 };

/** Compares the counters of a scope's lasting limits with the ledger. */
export async function checkCounters(
  scopeLimits: ScopeLimits,
  parts: CounterCheckParts,
  signal: AbortSignal,
): Promise<CounterDrift[]> {
  let suspects = await observe(scopeLimits, parts);
  for (let seen = 1; seen < observations.count && suspects.length > 0; seen++) {
    await waitUnlessAborted(observations.pauseMs, signal, parts.clock);
    signal.throwIfAborted();
    const again = await observe(scopeLimits, parts);
    suspects = again.filter(({ limit, surplus }) =>
      suspects.some((before) => before.limit === limit && Math.sign(before.surplus) === Math.sign(surplus)),
    );
  }
  return suspects;
}

/**
 * What a counter had before the ledger was read must be in the ledger; and what is in the ledger must be in the counter afterwards,
 * once the stream is counted as far as the ledger had it. Anything else is drift, or on its way from one to the other.
 */
async function observe(scopeLimits: ScopeLimits, parts: CounterCheckParts): Promise<CounterDrift[]> {
  const { countedThrough, readUsage, spent } = parts;
  const { limits, scope } = scopeLimits;
  const before = await readUsage(scopeLimits);
  const found: CounterDrift[] = [];
  for (const [index, limit] of limits.entries()) {
    const first = before[index];
    if (!first || limit.unit === 'parallel_requests' || !lasting.has(limit.window)) continue;
    const { resetAtMs = Number.MAX_SAFE_INTEGER, windowStartMs = 0 } = first;
    const time = { fromMs: windowStartMs, toMs: resetAtMs };
    const ledger = await spent.read({ scope, model: limit.model, unit: limit.unit, ...time });
    const entered = ledger.used.get(0) ?? 0;
    const isCounted = (await countedThrough()) >= ledger.throughSequence;
    const after = (await readUsage(scopeLimits))[index];
    // A window that has ended in between is another counter.
    if (after?.windowStartMs !== first.windowStartMs) continue;
    const surplus = usedOf(limit, first) - entered;
    const lack = isCounted ? entered - usedOf(limit, after) : 0;
    const drift = surplus > 0 ? surplus : lack > 0 ? -lack : 0;
    if (drift !== 0) found.push({ scopeLimits, limit, scope: scopeText(scope), surplus: drift });
  }
  return found;
}

const lasting = new Set<string>(['day', 'month', 'total']);

function usedOf(limit: Limit, usage: LimitUsage | undefined): number {
  if (!usage) return 0;
  return limit.unit === 'usd' ? toNanoUsd(usage.used) : Number(usage.used);
}
