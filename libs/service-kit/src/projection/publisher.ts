import { isDoneWithin, type Clock } from '../clock.ts';
import type { Queryable } from '../database/query.ts';
import { Fault } from '../fault.ts';
import type { Logger } from '../logger.ts';
import { listOutbox, type OutboxRow, removeFromOutbox } from './outbox.ts';
import { batchesOf, type Projection } from './projection.ts';
import { Reconciler } from './reconciler.ts';

interface PublisherParts {
  readonly database: Queryable;
  readonly projection: Projection;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What is left of a request's time to answer it. */
const replyMs = 500;
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
  #reconciledAtMs = -Infinity;
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
    for (const kind of projection.kinds) {
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

  /**
   * The same for a change that was just committed. Rejects with `service_unavailable` where the buckets do not have it in time:
   * whoever asks has to hear of it. Without rows it is a change that was made before, by a request that may not have heard
   * that it was published.
   */
  async publishBy(deadlineAtMs: number, queued: readonly OutboxRow[] | undefined): Promise<void> {
    const { clock } = this.#parts;
    const outcome = (queued ? this.publish(queued) : this.drainOutbox()).then(
      () => undefined,
      (thrown: unknown) => Fault.from(thrown),
    );
    const leftMs = Math.max(0, deadlineAtMs - clock.nowMs() - replyMs);
    const isDone = await isDoneWithin(outcome, leftMs, clock);
    const cause = isDone ? await outcome : undefined;
    if (isDone && !cause) return;
    throw new Fault('service_unavailable', {
      message: 'The change is stored, and reaches the gateway as soon as JetStream answers.',
      cause,
    });
  }

  /** Publishes what was committed and is not in the buckets yet, by whichever process. */
  async drainOutbox(): Promise<void> {
    await this.publish(await listOutbox(this.#parts.database, maxRows));
  }

  /**
   * From now on it looks by itself, and begins by comparing everything. Nobody waits for that: a hundred thousand entries take
   * some seconds, and half a minute where the bucket was lost.
   */
  start(): void {
    this.#reconciler.watch();
    const lookAfter = () => {
      this.#working ??= this.#lookAfter().finally(() => {
        this.#working = undefined;
      });
    };
    lookAfter();
    this.#stop = this.#parts.clock.every(intervalMs, lookAfter);
  }

  /** Resolves when what was begun is done, which after a start may be much: it ends where it stands. */
  async stop(): Promise<void> {
    this.#stop?.();
    this.#reconciler.stop();
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
