import type { Limit, ScopeLimits, spendingLimits } from '@weir/contracts/cost/limits';
import { attemptMade, usageAdjusted } from '@weir/contracts/usage-events';
import type { Bus } from '@weir/service-kit/bus/bus';
import type { Store } from '@weir/service-kit/bus/store';
import type { Clock } from '@weir/service-kit/clock';
import type { Database } from '@weir/service-kit/database/database';
import type { Logger } from '@weir/service-kit/logger';
import type { Metrics } from '@weir/service-kit/metrics';
import type { ReadUsage } from '../domain/limit-usage.ts';
import type { SpentSource } from '../domain/spent-source.ts';
import { DriftReport, type DriftAlerts } from './drift-report.ts';
import { Reconciliation } from './reconciliation.ts';

interface StartParts {
  readonly alerts: DriftAlerts;
  readonly bus: Pick<Bus, 'consumerPosition' | 'publishDurable'>;
  readonly clock: Clock;
  readonly database: Database;
  readonly intervalMs: number;
  readonly limitStore: Pick<Store<typeof spendingLimits>, 'entries'>;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly readUsage: ReadUsage;
  readonly reseed: (scopeLimits: ScopeLimits, limit: Limit) => Promise<void>;
  readonly spent: SpentSource;
}

/** Compares ledger, rollups and counters of budgets until `stop` is called. */
export function startReconciliation(parts: StartParts): Pick<Reconciliation, 'stop'> {
  const { bus, limitStore } = parts;
  const reconciliation = new Reconciliation({
    ...parts,
    countedThrough: () => countedThrough(bus),
    limits: () => [...limitStore.entries()].map(({ key, value }) => [key, value] as const),
    report: new DriftReport(parts),
  });
  reconciliation.start();
  return reconciliation;
}

/** Counted is what both of the consumers have, which count attempts and adjustments into limits. */
async function countedThrough(bus: Pick<Bus, 'consumerPosition'>): Promise<number> {
  const positions = await Promise.all(
    [attemptMade, usageAdjusted].map((event) => bus.consumerPosition(event, { as: 'settle' })),
  );
  return Math.min(
    ...positions.map(({ ackFloor, lastSequence, pending }) => (pending === 0 ? lastSequence : ackFloor)),
  );
}
