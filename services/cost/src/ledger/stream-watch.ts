import type { Bus, ConsumerPosition } from '@weir/service-kit/bus/bus';
import type { Clock } from '@weir/service-kit/clock';
import type { Query, Queryable } from '@weir/service-kit/database/query';
import { integerColumn, rows } from '@weir/service-kit/database/rows';
import { Fault } from '@weir/service-kit/fault';
import type { Logger } from '@weir/service-kit/logger';
import type { Metrics } from '@weir/service-kit/metrics';
import { z } from 'zod';
import { ledgerConsumer, ledgerEvents } from './consume-usage.ts';

interface StreamWatchParts {
  readonly bus: Pick<Bus, 'consumerPosition'>;
  readonly database: Queryable;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

const intervalMs = 10_000;
/** Consumers may not be there yet. */
const retryMs = 1_000;
/** From here on what the ledger has not read is soon discarded; below the second figure that is over. */
const alarm = { fromShare: 0.8, untilShare: 0.6 };

/**
 * Remembers how far a consumer is, and how many messages the stream has discarded beyond that by the next look. (The consumer's
 * own ack floor does not tell: the server moves it on when it discards.)
 */
const note: Query = {
  name: 'ledger.note-position',
  text: `with before as (select stream_created_at from ledger_positions where consumer = $1)
    insert into ledger_positions as known (consumer, stream_created_at, settled_sequence) values ($1, $2, $3)
    on conflict (consumer) do update set
      stream_created_at = $2,
      settled_sequence = case when known.stream_created_at = $2
        then greatest(known.settled_sequence, $3, $4::bigint - 1) else $3 end,
      discarded_messages = known.discarded_messages + case when known.stream_created_at = $2
        then greatest($4::bigint - 1 - known.settled_sequence, 0) else 0 end,
      checked_at = now()
    returning discarded_messages, (select stream_created_at from before) as stream_before`,
};
const notedSchema = z.object({ discarded_messages: integerColumn, stream_before: z.string().nullable() });

/**
 * Sees to it that nobody loses usage without a word: the stream keeps what was not read yet only up to its size. It is told
 * before that happens, and that it has happened, also where it was while no replica ran.
 */
export class StreamWatch {
  readonly #parts: StreamWatchParts;
  #isPending = false;
  #backlogShare = 0;
  #isAlarming = false;
  #discarded = new Map<string, number>();
  #cancel: (() => void) | undefined;
  #isStopped = false;

  constructor(parts: StreamWatchParts) {
    this.#parts = parts;
    parts.metrics.gauge(
      {
        name: 'ledger_backlog_ratio',
        help: 'What part of the usage stream, by its size, the ledger has not read: at 1 the oldest of it is discarded.',
      },
      () => this.#backlogShare,
    );
    parts.metrics.gaugeBy(
      {
        name: 'ledger_discarded_messages',
        help: 'Messages that the usage stream may have discarded before the ledger had them. Each is a batch of events.',
        labels: ['event'],
      },
      () => [...this.#discarded].map(([event, count]) => [{ event }, count]),
    );
  }

  /** Whether events waited for the ledger when it was last looked. */
  get isPending(): boolean {
    return this.#isPending;
  }

  start(): void {
    const { clock, logger } = this.#parts;
    const lookAndWait = async () => {
      const waitMs = await this.look().then(
        () => intervalMs,
        (thrown: unknown) => {
          logger.debug({ err: Fault.from(thrown) }, 'the usage stream could not be looked at');
          return retryMs;
        },
      );
      if (!this.#isStopped) this.#cancel = clock.after(waitMs, () => void lookAndWait());
    };
    // The consumers are made meanwhile.
    this.#cancel = clock.after(retryMs, () => void lookAndWait());
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancel?.();
  }

  async look(): Promise<void> {
    let share = 0;
    let isPending = false;
    for (const event of ledgerEvents) {
      const position = await this.#parts.bus.consumerPosition(event, { as: ledgerConsumer });
      isPending ||= position.pending > 0;
      share = Math.max(share, backlogShare(position));
      await this.#note(event.name, position);
    }
    this.#isPending = isPending;
    this.#backlogShare = share;
    this.#reportBacklog();
  }

  async #note(event: string, position: ConsumerPosition): Promise<void> {
    const { database, logger } = this.#parts;
    const { streamCreatedAt, firstSequence } = position;
    const values = [event, streamCreatedAt, settledSequence(position), firstSequence];
    const [noted] = rows(notedSchema, await database.query(note, values));
    if (noted && noted.stream_before !== null && noted.stream_before !== streamCreatedAt)
      logger.error(
        { event },
        'the usage stream was made anew: what the ledger had not read of the old one is lost',
      );
    const discarded = noted?.discarded_messages ?? 0;
    const before = this.#discarded.get(event) ?? 0;
    this.#discarded.set(event, discarded);
    if (discarded > before)
      logger.error(
        { event, messages: discarded },
        'the usage stream was full and has discarded what the ledger had not read: the ledger is not complete',
      );
  }

  #reportBacklog(): void {
    const { logger } = this.#parts;
    const share = this.#backlogShare;
    const isAlarming = share >= (this.#isAlarming ? alarm.untilShare : alarm.fromShare);
    if (isAlarming && !this.#isAlarming)
      logger.error(
        { share },
        'the usage stream is nearly full of what the ledger has not read: soon usage is lost',
      );
    else if (!isAlarming && this.#isAlarming)
      logger.info({ share }, 'the ledger has caught up with the usage stream');
    this.#isAlarming = isAlarming;
  }
}

/** Up to here the consumer has nothing left to read. Its ack floor alone is behind by all messages that are others'. */
function settledSequence({ pending, ackFloor, lastSequence }: ConsumerPosition): number {
  return pending === 0 ? lastSequence : ackFloor;
}

/** By the messages that are behind it, as if all were of one size. */
function backlogShare(position: ConsumerPosition): number {
  const { firstSequence, lastSequence, bytes, maxBytes } = position;
  const messages = lastSequence - firstSequence + 1;
  if (messages <= 0) return 0;
  const unread = lastSequence - Math.max(settledSequence(position), firstSequence - 1);
  return (unread / messages) * (bytes / maxBytes);
}
