import { attentionNeeded, thresholdReached } from '@weir/contracts/cost/alerts';
import { type Limit, scopeText } from '@weir/contracts/cost/limits';
import { formatUsd } from '@weir/pricing/money';
import type { AttentionAlert, ThresholdAlert } from './budget-alerts.ts';

interface Alert<Data> {
  readonly id: string;
  /** Unix time in milliseconds. */
  readonly atMs: number;
  readonly data: Data;
}

/** What a webhook is sent: a CloudEvent 1.0 in its JSON format, with fields and amounts as the admin API has them. */
export function thresholdMessage({ data, ...alert }: Alert<ThresholdAlert>): string {
  const {
    limit,
    limitNanoUsd,
    organisation,
    resetAtMs,
    scope,
    thresholdPercent,
    usedNanoUsd,
    windowStartMs,
  } = data;
  const [used, whole] = [formatUsd(usedNanoUsd), formatUsd(limitNanoUsd)];
  const models = limit.model === '*' ? '' : ` for models ${limit.model}`;
  const until = resetAtMs === undefined ? '' : ` It begins anew at ${timeOf(resetAtMs)}.`;
  return cloudEvent(thresholdReached.subject, alert, {
    message: `${scopeText(scope)} has used $${used} of $${whole}${models} (${windowOf(limit)}): this is the alert at ${thresholdPercent}%.${until}`,
    scope: scope.kind,
    id: scope.id,
    organisation_id: organisation ?? null,
    limit,
    threshold_percent: thresholdPercent,
    used_usd: used,
    limit_usd: whole,
    window_start: timeOf(windowStartMs),
    resets_at: resetAtMs === undefined ? null : timeOf(resetAtMs),
  });
}

export function attentionMessage({ data, ...alert }: Alert<AttentionAlert>): string {
  const { about, details = {}, message } = data;
  return cloudEvent(attentionNeeded.subject, alert, { about, message, details });
}

function cloudEvent(type: string, { atMs, id }: Omit<Alert<unknown>, 'data'>, data: object): string {
  const time = timeOf(atMs);
  const about = { specversion: '1.0', id, source: '/weir/cost', type, time };
  return JSON.stringify({ ...about, datacontenttype: 'application/json', data });
}

function windowOf(limit: Limit): string {
  if (!('window' in limit)) return 'at once';
  if (limit.window === 'rolling') return `in ${limit.rolling_seconds} seconds`;
  return limit.window === 'total' ? 'in all' : `a ${limit.window}`;
}

const timeOf = (ms: number) => new Date(ms).toISOString();
