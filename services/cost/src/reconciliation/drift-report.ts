import type { attentionNeeded } from '@weir/contracts/cost/alerts';
import type { Limit } from '@weir/contracts/cost/limits';
import type { DataOf } from '@weir/contracts/descriptors';
import { formatUsd } from '@weir/pricing/money';
import type { Logger } from '@weir/service-kit/logger';
import type { Metrics } from '@weir/service-kit/metrics';
import type { CounterDrift } from './counter-check.ts';
import type { RollupDrift } from './rollup-check.ts';

export interface DriftAlerts {
  notify(alert: DataOf<typeof attentionNeeded>): void;
}

interface DriftReportParts {
  readonly alerts: DriftAlerts;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

type Between = 'ledger_and_rollups' | 'ledger_and_counters' | 'expired_and_corrected';

/** Tells of each drift: by a line of the log, a metric and an alert. */
export class DriftReport {
  readonly #parts: DriftReportParts;
  /** Of the last round, in US dollars. */
  readonly #drifts = new Map<Between, number>();
  readonly #found;

  constructor(parts: DriftReportParts) {
    this.#parts = parts;
    const { metrics } = parts;
    metrics.gaugeBy(
      {
        name: 'cost_drift_usd',
        help: 'By how much accounts differed when they were compared last, in US dollars. 0 is well.',
        labels: ['between'],
      },
      () => [...this.#drifts].map(([between, usd]) => [{ between }, usd]),
    );
    this.#found = metrics.counter({
      name: 'cost_drifts_total',
      help: 'How often accounts differed, in money or in counts',
      labels: ['between'],
    });
  }

  rollups(drifts: readonly RollupDrift[]): void {
    const usd = drifts.reduce((sum, drift) => sum + Math.abs(drift.usd), 0);
    const times = drifts.map(({ quarter }) => quarter.toISOString());
    this.#tell('ledger_and_rollups', drifts.length, usd, {
      message: `Rollups of ${times.length} times were not what the ledger says, by $${usd}. They are made anew.`,
      details: { times: times.slice(0, 20), usd },
    });
  }

  counters(drifts: readonly CounterDrift[]): void {
    const nanoUsd = drifts
      .filter(({ limit }) => limit.unit === 'usd')
      .reduce((sum, { surplus }) => sum + Math.abs(surplus), 0);
    const texts = drifts.map(
      ({ limit, scope, surplus }) => `${scope} (${limitText(limit)}): ${textOf(limit, surplus)}`,
    );
    this.#tell('ledger_and_counters', drifts.length, nanoUsd / 1e9, {
      message: `Budgets were not counted as the ledger says: ${texts.slice(0, 5).join('; ')}. They are counted anew from the ledger.`,
      details: { counters: texts.slice(0, 20) },
    });
  }

  corrections(
    corrected: readonly { readonly nanoUsd?: number | undefined; readonly requestId: string }[],
  ): void {
    const nanoUsd = corrected.reduce((sum, one) => sum - (one.nanoUsd ?? 0), 0);
    this.#tell('expired_and_corrected', corrected.length, nanoUsd / 1e9, {
      message: `${corrected.length} attempts were charged as expired although their usage came, with $${formatUsd(nanoUsd)} in all. That is taken back.`,
      details: { requests: corrected.slice(0, 20).map(({ requestId }) => requestId) },
    });
  }

  #tell(between: Between, count: number, usd: number, alert: { message: string; details: object }): void {
    this.#drifts.set(between, usd);
    this.#found.inc({ between }, count);
    if (count === 0) return;
    const { alerts, logger } = this.#parts;
    logger.error({ between, count, usd, ...alert.details }, alert.message);
    alerts.notify({ about: 'ledger.drift', message: alert.message, details: { between, ...alert.details } });
  }
}

const limitText = (limit: Limit) =>
  `${limit.unit}${limit.unit === 'parallel_requests' ? '' : ` a ${limit.window}`}, models ${limit.model}`;

function textOf({ unit }: Limit, surplus: number): string {
  const amount = unit === 'usd' ? `$${formatUsd(Math.abs(surplus))}` : String(Math.abs(surplus));
  return `${amount} ${surplus > 0 ? 'too much' : 'too little'}`;
}
