import type { Clock } from '@weir/service-kit/clock';
import type { Queryable } from '@weir/service-kit/database/query';
import { Fault } from '@weir/service-kit/fault';
import type { Logger } from '@weir/service-kit/logger';
import { listOutbox, type OutboxRow, removeFromOutbox } from './outbox.ts';
import { batchesOf, type Projection, projectionKinds } from './projection.ts';
import { Reconciler } from './reconciler.ts';

interface PublisherParts {
  readonly database: Queryable;
  readonly projection: Projection;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** How often what was left behind is looked for. */
const intervalMs = 1_000;
/** How often everything is compared. */
const reconcileIntervalMs = 300_000;
/** How much of the outbox is published at a time. */
const maxRows = 1_000;

/**
 * Brings what the database says into the buckets: at once what was changed; within a second or two what another process has
 * left behind and what a bucket has lost, with its server or by somebody's hand; and from time to time whatever differs.
 */
export class Publisher {
  readonly #parts: PublisherParts;
  readonly #reconciler: Reconciler;
  #reconciledAtMs = 0;
  #stop: (() => void) | undefined;
  #working: Promise<void> | undefined;

  constructor(parts: PublisherParts) {
    this.#parts = parts;
    this.#reconciler = new Reconciler(parts);
  }

  /** Resolves when the buckets have it. What fails holds up nothing else, and stays in the outbox. */
  async publish(queued: readonly OutboxRow[]): Promise<void> {
    const { database, projection } = this.#parts;
    const failures: unknown[] = [];
    for (const kind of projectionKinds) {
      for (const batch of batchesOf(queued.filter((row) => row.kind === kind))) {
        try {
          await projection.write(
            kind,
            batch.map(({ id }) => id),
          );
          await removeFromOutbox(database, batch);
        } catch (thrown) {
          failures.push(thrown);
        }
      }
    }
    if (failures.length > 0) throw failures[0];
  }

  /** Publishes what was committed and is not in the buckets yet, by whichever process. */
  async drainOutbox(): Promise<void> {
    await this.publish(await listOutbox(this.#parts.database, maxRows));
  }

  /** Resolves when the buckets have all that the database has. From then on it looks by itself. */
  async start(): Promise<void> {
    const { clock } = this.#parts;
    await this.#reconciler.reconcile();
    this.#reconciler.watch();
    this.#reconciledAtMs = clock.nowMs();
    this.#stop = clock.every(intervalMs, () => {
      this.#working ??= this.#lookAfter().finally(() => {
        this.#working = undefined;
      });
    });
  }

  /** Resolves when what was begun is done. */
  async stop(): Promise<void> {
    this.#stop?.();
    await this.#working;
  }

  async #lookAfter(): Promise<void> {
    const { clock } = this.#parts;
    await this.#attempt('what was left to publish', () => this.drainOutbox());
    await this.#attempt('what a bucket has lost', () => this.#reconciler.refill());
    if (clock.nowMs() - this.#reconciledAtMs < reconcileIntervalMs) return;
    this.#reconciledAtMs = clock.nowMs();
    await this.#attempt('what is published', () => this.#reconciler.reconcile());
  }

  /** What is away is tried again at the next turn. */
  async #attempt(what: string, work: () => Promise<void>): Promise<void> {
    const { logger } = this.#parts;
    await work().catch((thrown: unknown) => {
      const fault = Fault.from(thrown);
      const level = fault.code === 'internal_error' ? 'error' : 'warn';
      logger[level]({ err: fault }, `${what} could not be looked after`);
    });
  }
}
