import type { Bus } from '@weir/service-kit/bus/bus';
import type { Clock } from '@weir/service-kit/clock';
import type { Database } from '@weir/service-kit/database/database';
import type { Logger } from '@weir/service-kit/logger';
import type { Metrics } from '@weir/service-kit/metrics';
import type { EnteredAttempts } from '../domain/entered-attempts.ts';
import type { SpentSource } from '../domain/spent-source.ts';
import type { OrganisationZones } from '../organisation-zones.ts';
import { consumeUsage } from './consume-usage.ts';
import { LedgerAttempts } from './ledger-attempts.ts';
import { LedgerMetrics } from './ledger-metrics.ts';
import { LedgerSpentSource } from './ledger-spent-source.ts';
import { LedgerWriter } from './ledger-writer.ts';
import { RollupWorker } from './rollup-worker.ts';
import { SequenceBarrier } from './sequence-barrier.ts';
import { StreamWatch } from './stream-watch.ts';
import { ZoneSync } from './time-zones.ts';
import { UsageMonths } from './usage-months.ts';

export interface LedgerParts {
  readonly bus: Pick<Bus, 'consume' | 'consumerPosition' | 'publishDurable' | 'durablePublished'>;
  readonly database: Database;
  readonly timeZones: OrganisationZones;
  /** How many past months of rows are kept; all of them without it. */
  readonly retentionMonths: number | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

export interface Ledger {
  readonly spent: SpentSource;
  readonly entered: EnteredAttempts;
  /** Ends what it does by itself; its consumers end with the bus. */
  stop(): Promise<void>;
}

/** Once its months are there, begins to enter what is used. */
export async function startLedger(parts: LedgerParts): Promise<Ledger> {
  const { database, clock, bus, metrics } = parts;
  const months = new UsageMonths(parts);
  await months.start();
  const watch = new StreamWatch(parts);
  const ledgerMetrics = new LedgerMetrics({ metrics, clock, isPending: () => watch.isPending });
  consumeUsage({ bus, metrics: ledgerMetrics, writer: new LedgerWriter({ database, months }) });
  watch.start();
  const rollups = new RollupWorker({ ...parts, zones: new ZoneSync(parts) });
  rollups.start();
  const barrier = new SequenceBarrier({ bus, database, clock });
  return {
    spent: new LedgerSpentSource({ database, barrier }),
    entered: new LedgerAttempts({ database, barrier }),
    async stop() {
      months.stop();
      watch.stop();
      await rollups.stop();
    },
  };
}
