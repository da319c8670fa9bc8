import type { readForecast } from '@weir/contracts/admin/reports';
import {
  installationScope,
  type Limit,
  limitsKey,
  type Scope,
  type ScopeKind,
  type ScopeLimits,
  scopeText,
} from '@weir/contracts/cost/limits';
import type { ReplyOf } from '@weir/contracts/descriptors';
import { formatUsd, toNanoUsd } from '@weir/pricing/money';
import { reachOf } from '@weir/service-kit/admin/reach';
import type { EndpointHandler } from '@weir/service-kit/bus/bus';
import type { Clock } from '@weir/service-kit/clock';
import { Fault } from '@weir/service-kit/fault';
import type { ReadUsage } from '../budgets/shown-budget.ts';
import type { SpentSource } from '../domain/spent-source.ts';

export interface ForecastParts {
  readonly clock: Clock;
  /** The limits of a scope, as the bucket `spending-limits` has them by `limitsKey`. */
  readonly limitsOf: (key: string) => ScopeLimits | undefined;
  readonly readUsage: ReadUsage;
  readonly spent: SpentSource;
}

type Reply = ReplyOf<typeof readForecast>;
type Forecast = Reply['data'][number];
type Pace = Forecast['paces'][number];

/** A limit that is used up bit by bit, and not freed again before its window ends. */
type LastingLimit = Extract<Limit, { window: string }> & { window: 'day' | 'month' | 'total' };

const hourMs = 3_600_000;
const paceHours = [24, 7 * 24];

/** For each lasting limit of a scope: when the rest of it is used up, at two paces. */
export function createReadForecast(parts: ForecastParts): EndpointHandler<typeof readForecast> {
  return async ({ data, envelope }) => {
    const scope = parseScope(data.scope);
    const found = parts.limitsOf(limitsKey(scope));
    const reach = reachOf(envelope);
    if (!found || (reach !== null && found.organisation !== reach)) throw notFound(scope);
    const usages = await parts.readUsage(found);
    const nowMs = parts.clock.nowMs();
    const forecasts: Forecast[] = [];
    for (const [index, limit] of found.limits.entries()) {
      const usage = usages[index];
      if (!usage || !isLasting(limit)) continue;
      const room = amountOf(limit.unit, usage.remaining);
      const paces: Pace[] = [];
      for (const hours of paceHours) {
        const span = { fromMs: nowMs - hours * hourMs, toMs: nowMs };
        const read = await parts.spent.read({ scope, model: limit.model, unit: limit.unit, ...span });
        const used = read.used.get(0) ?? 0;
        paces.push({
          hours,
          used: textOf(limit.unit, used),
          spent_at: spentAt({ hours, nowMs, resetAtMs: usage.resetAtMs, room, used }),
        });
      }
      const { held, limit: whole, resetAtMs, used } = usage;
      forecasts.push({
        ...{ unit: limit.unit, window: limit.window, model: limit.model, limit: whole, used, held },
        resets_at: resetAtMs === undefined ? null : new Date(resetAtMs).toISOString(),
        paces,
      });
    }
    return { scope: scopeText(scope), at: new Date(nowMs).toISOString(), data: forecasts };
  };
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

/** `key/abcd1234`, `tag/acme/batch`: what `scopeText` makes of one. */
function parseScope(text: string): Scope {
  const [kind, first = '', ...rest] = text.split('/') as [ScopeKind, ...string[]];
  if (kind === 'installation') return installationScope;
  if (rest.length === 0) return { kind, id: first };
  return { kind, organisation: first, id: rest.join('/') };
}

/** The same whether there are no limits or they are another organisation's. */
function notFound(scope: Scope): Fault {
  const message = `${JSON.stringify(scopeText(scope).slice(0, 128))} has no limits.`;
  return new Fault('not_found', { message, param: 'scope' });
}
