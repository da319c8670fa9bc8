import type { DurableEvent } from '@weir/contracts/descriptors';
import { attemptMade, cacheAnswered, usageAdjusted, usagePriced } from '@weir/contracts/usage-events';
import type { Bus, DurableHandler, ReceivedEvent } from '@weir/service-kit/bus/bus';
import {
  entryOfAdjustment,
  entryOfAttempt,
  entryOfCacheAnswer,
  pricedEvent,
  type LedgerEntry,
} from './ledger-entry.ts';
import type { LedgerMetrics } from './ledger-metrics.ts';
import type { LedgerWriter } from './ledger-writer.ts';

interface UsageConsumersParts {
  readonly bus: Pick<Bus, 'consume' | 'publishDurable' | 'durablePublished'>;
  readonly writer: Pick<LedgerWriter, 'enter'>;
  readonly metrics: LedgerMetrics;
}

/** The name of the ledger's consumers: others of this service consume the same events, and neither waits for the other. */
export const ledgerConsumer = 'ledger';

/** The events that become rows of the ledger. */
export const ledgerEvents = [attemptMade, cacheAnswered, usageAdjusted] as const;

/** A batch is one statement. While some wait for Postgres and JetStream, the next is made ready. */
const batches = { maxEvents: 500, concurrency: 4 };

/** Enters all usage in the ledger, and tells subscribers of it. */
export function consumeUsage(parts: UsageConsumersParts): void {
  const options = { as: ledgerConsumer, ...batches };
  parts.bus.consume(attemptMade, entering(parts, entryOfAttempt), options);
  parts.bus.consume(cacheAnswered, entering(parts, entryOfCacheAnswer), options);
  parts.bus.consume(usageAdjusted, entering(parts, entryOfAdjustment), options);
}

/**
 * Commits, then tells, and only then has the events acknowledged: a process that dies between two of these is given them
 * again. Then the rows are there already and stay as they are, and subscribers are told again, with the same id: so what is
 * told is all of them and not the new ones.
 */
function entering<E extends DurableEvent>(
  { bus, writer, metrics }: UsageConsumersParts,
  entryOf: (data: ReceivedEvent<E>['data']) => LedgerEntry,
): DurableHandler<E> {
  return async (events) => {
    const received = events.map(({ id, data, streamSequence, timeMs }) => ({
      id,
      timeMs,
      entry: entryOf(data),
      streamSequence: Number.isFinite(streamSequence) ? streamSequence : null,
    }));
    metrics.entered(received, await writer.enter(received));
    for (const { id, entry } of received) bus.publishDurable(usagePriced, pricedEvent(entry), id);
    await bus.durablePublished();
  };
}
