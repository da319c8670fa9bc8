import type { Logger } from '../../../logger.ts';
import type { Metrics } from '../../../metrics.ts';
import type { EncodedEvent } from './cloud-event.ts';

export type LossReason = 'stopped' | 'refused' | 'too_large';

/** The durable events that were given up: each is counted, and none is without a word in the log. */
export class LostEvents {
  readonly #logger: Logger;
  readonly #lost;
  /** Since the queue was full. */
  #refused = 0;

  constructor(logger: Logger, metrics: Metrics) {
    this.#logger = logger;
    this.#lost = metrics.counter({
      name: 'bus_events_lost_total',
      help: 'Durable events that were given up.',
      labels: ['reason'],
    });
  }

  get isRefusing(): boolean {
    return this.#refused > 0;
  }

  lose({ id }: Pick<EncodedEvent, 'id'>, reason: LossReason, cause?: unknown): void {
    this.#lost.inc({ reason });
    this.#logger.error({ reason, cause, event: id }, 'a durable event is lost');
  }

  /** The queue is full. That is told when it begins and when it ends, since there may be thousands between. */
  refuse(): void {
    this.#lost.inc({ reason: 'queue_full' });
    if (this.#refused++ === 0) this.#logger.error('durable events are lost: their queue is full');
  }

  /** The queue has room. */
  accept(): void {
    if (this.#refused === 0) return;
    this.#logger.error(
      { lost: this.#refused },
      'durable events are no longer lost: their queue has room again',
    );
    this.#refused = 0;
  }

  /** So many were still to be stored when the bus stopped. */
  abandon(count: number): void {
    if (count === 0) return;
    this.#lost.inc({ reason: 'stopped' }, count);
    this.#logger.error({ lost: count }, 'durable events are lost: the bus stops before they are stored');
  }
}
