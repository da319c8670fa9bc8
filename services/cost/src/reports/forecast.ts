import type { readForecast } from '@weir/contracts/admin/reports';
import {
  type Limit,
  limitsKey,
  type Scope,
  type ScopeLimits,
  scopeText,
  scopeTextSchema,
} from '@weir/contracts/cost/limits';
import type { ReplyOf } from '@weir/contracts/descriptors';
import type { Envelope } from '@weir/contracts/envelope';
import { formatUsd, toNanoUsd } from '@weir/pricing/money';
import { organisationFor, reachOf } from '@weir/service-kit/admin/reach';
import type { EndpointHandler } from '@weir/service-kit/bus/bus';
import type { Clock } from '@weir/service-kit/clock';
import { Fault } from '@weir/service-kit/fault';
import type { ReadUsage } from '../domain/limit-usage.ts';
import type { SpentQuery, SpentSource } from '../domain/spent-source.ts';

export interface ForecastParts {
  readonly clock: Clock;
  /** The limits of a scope, as the bucket `spending-limits` has them by `limitsKey`. */
  readonly limitsOf: (key: string) => ScopeLimits | undefined;
  readonly readUsage: ReadUsage;
  readonly spent: SpentSource;
}

type Reply = ReplyOf<typeof readForecast>;
type Forecast = Reply['data'][number];

/** A limit that is used up bit by bit, and not freed again before its window ends. */
type LastingLimit = Extract<Limit, { window: string }> & { window: 'day' | 'month' | 'total' };

const hourMs = 3_600_000;
const paceHours = [24, 7 * 24];

/** For each lasting limit of a scope: when the rest of it is used up, at two paces. */
export function createReadForecast(parts: ForecastParts): EndpointHandler<typeof readForecast> {
  return async ({ data, envelope }) => {
    const scope = scopeFor(data.scope, envelope);
    const found = parts.limitsOf(limitsKey(scope));
    const reach = reachOf(envelope);
    if (!found || (reach !== null && found.organisation !== reach)) throw notFound(scope);
    const usages = await parts.readUsage(found);
    const nowMs = parts.clock.nowMs();
    const lasting = found.limits.flatMap((limit, index) => {
      const usage = usages[index];
      return usage && isLasting(limit) ? [{ limit, usage }] : [];
    });
    const usedOf = await readUsed(
      scope,
      lasting.map(({ limit }) => limit),
      nowMs,
      parts.spent,
    );
    const forecasts = lasting.map(({ limit, usage }): Forecast => {
      const { model, unit, window } = limit;
      const room = amountOf(unit, usage.remaining);
      const paces = paceHours.map((hours) => {
        const used = usedOf(limit, hours);
        const spent_at = spentAt({ hours, nowMs, resetAtMs: usage.resetAtMs, room, used });
        return { hours, used: textOf(unit, used), spent_at };
      });
      const { held, limit: whole, resetAtMs, used } = usage;
      const resets_at = resetAtMs === undefined ? null : new Date(resetAtMs).toISOString();
      return { unit, window, model, limit: whole, used, held, resets_at, paces };
    });
    return { scope: scopeText(scope), at: new Date(nowMs).toISOString(), data: forecasts };
  };
}

/** How many sums of the ledger are read at once. */
const maxParallel = 4;

/** What was used of the scope in each of the times before now. Limits of the same unit and models share it. */
async function readUsed(
  scope: Scope,
  limits: readonly LastingLimit[],
  nowMs: number,
  spent: SpentSource,
): Promise<(limit: LastingLimit, hours: number) => number> {
  const keyOf = ({ model, unit }: LastingLimit, hours: number) => `${unit} ${hours} ${model}`;
  const queries = new Map<string, SpentQuery>();
  for (const limit of limits) {
    for (const hours of paceHours) {
      const { model, unit } = limit;
      const query = { scope, model, unit, fromMs: nowMs - hours * hourMs, toMs: nowMs };
      queries.set(keyOf(limit, hours), query);
    }
  }
  const used = new Map<string, number>();
  const waiting = [...queries];
  while (waiting.length > 0) {
    const slice = waiting.splice(0, maxParallel);
    const read = await Promise.all(slice.map(([, query]) => spent.read(query)));
    for (const [index, [key]] of slice.entries()) used.set(key, read[index]?.used.get(0) ?? 0);
  }
  return (limit, hours) => used.get(keyOf(limit, hours)) ?? 0;
}

interface PaceOf {
  readonly hours: number;
  readonly nowMs: number;
  readonly resetAtMs: number | undefined;
  /** What is left, and what was used in so many hours. */
  readonly room: number;
  readonly used: number;
}

/** A straight line from here on. Null where it does not reach the limit before the window ends, or in this century. */
export function spentAt({ hours, nowMs, resetAtMs, room, used }: PaceOf): string | null {
  if (room <= 0) return new Date(nowMs).toISOString();
  if (used <= 0) return null;
  const atMs = nowMs + (room / used) * hours * hourMs;
  if (atMs >= (resetAtMs ?? Date.UTC(2100, 0, 1))) return null;
  // To the hour: the line does not know more.
  return new Date(Math.floor(atMs / hourMs) * hourMs).toISOString();
}

function isLasting(limit: Limit): limit is LastingLimit {
  return limit.unit !== 'parallel_requests' && ['day', 'month', 'total'].includes(limit.window);
}

const amountOf = (unit: LastingLimit['unit'], text: string) =>
  unit === 'usd' ? toNanoUsd(text) : Number(text);
const textOf = (unit: LastingLimit['unit'], amount: number) =>
  unit === 'usd' ? formatUsd(amount) : String(amount);

/** Tags and end users without an organisation are those of whoever asks. */
function scopeFor(text: string, envelope: Envelope): Scope {
  const scope = scopeTextSchema.parse(text);
  const isOwned = scope.kind === 'tag' || scope.kind === 'end_user';
  return isOwned ? { ...scope, organisation: organisationFor(envelope, scope.organisation) } : scope;
}

/** The same whether there are no limits or they are another organisation's. */
function notFound(scope: Scope): Fault {
  const message = `${JSON.stringify(scopeText(scope).slice(0, 128))} has no limits.`;
  return new Fault('not_found', { message, param: 'scope' });
}
