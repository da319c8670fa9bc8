import type { Clock } from '@weir/service-kit/clock';
import type { Metrics } from '@weir/service-kit/metrics';
import type { LedgerEntry } from './ledger-entry.ts';

interface LedgerMetricsParts {
  readonly metrics: Metrics;
  readonly clock: Pick<Clock, 'nowMs'>;
  /** Whether events wait for the ledger, as it was last known. */
  readonly isPending: () => boolean;
}

/** What this replica has entered. How many events wait, and dead letters, are the bus's metrics. */
export class LedgerMetrics {
  readonly #rows;
  readonly #repeated;
  readonly #unpriced;
  /** When the newest event that was entered had been published. */
  #newestAtMs: number;

  constructor({ metrics, clock, isPending }: LedgerMetricsParts) {
    this.#newestAtMs = clock.nowMs();
    this.#rows = metrics.counter({
      name: 'ledger_rows_total',
      help: 'Events that this replica has entered in the ledger, repeated ones among them.',
      labels: ['entry'],
    });
    this.#repeated = metrics.counter({
      name: 'ledger_repeated_rows_total',
      help: 'Events among them that were in the ledger already.',
    });
    this.#unpriced = metrics.counter({
      name: 'ledger_unpriced_rows_total',
      help: 'Attempts that may be billed and whose model has no price.',
    });
    metrics.gauge(
      {
        name: 'llm_ledger_lag_seconds',
        help: 'How old the newest event is that this replica has entered, while others wait; 0 where none does.',
      },
      () => (isPending() ? Math.max(0, clock.nowMs() - this.#newestAtMs) / 1_000 : 0),
    );
  }

  entered(
    received: readonly { readonly entry: LedgerEntry; readonly timeMs: number | undefined }[],
    newRows: number,
  ): void {
    for (const { entry, timeMs } of received) {
      this.#rows.inc({ entry: entry.entry });
      if (entry.costNanoUsd === null) this.#unpriced.inc();
      if (timeMs !== undefined && timeMs > this.#newestAtMs) this.#newestAtMs = timeMs;
    }
    this.#repeated.inc(received.length - newRows);
  }
}
